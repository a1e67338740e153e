"""What is started for a function, and what cannot be."""

from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.entry_point import entry_point
from streambda.local.errors import LocalCloudError
from streambda.local.functions import LocalFunction
from streambda.local.interpreter import Machine
from streambda.local.sandbox_files import Sandbox
from tests.local.test_function_names import WORDS

OURS = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}


def command(function: LocalFunction, task_root: Path) -> tuple[str, ...]:
    return entry_point(function, Sandbox(task_root, None), Machine("Linux", "x86_64")).command


@pytest.mark.parametrize("environment", [{}, OURS])
def test_a_provided_runtime_starts_its_bootstrap(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """OS-only runtimes have no wrappers: Lambda ignores the variable."""
    found = command(replace(WORDS, environment=environment), tmp_path)

    assert found == (str(tmp_path / "bootstrap"),)


def test_a_managed_python_starts_the_wrapper_as_lambda_does(tmp_path: Path) -> None:
    wrapper, python, *rest = command(
        replace(WORDS, runtime="python3.13", environment=OURS), tmp_path
    )

    assert wrapper == str(tmp_path / "streambda-wrapper")
    assert Path(python).exists()
    assert rest == ["/var/runtime/bootstrap.py"]


@pytest.mark.parametrize(
    ("runtime", "environment"),
    [
        ("python3.13", {}),
        ("python3.13", {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument"}),
        ("nodejs24.x", OURS),
    ],
)
def test_what_would_not_stream_or_not_run_is_named(
    tmp_path: Path, runtime: str, environment: dict[str, str]
) -> None:
    expected = f"^App-Words cannot be run here: its runtime is {runtime}, expected provided"

    with pytest.raises(LocalCloudError, match=expected) as caught:
        command(replace(WORDS, runtime=runtime, environment=environment), tmp_path)
    assert "\n" not in str(caught.value)
