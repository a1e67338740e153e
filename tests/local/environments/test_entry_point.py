"""What is started for a function, and what cannot be."""

from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.environments import lambda_folders
from streambda.local.environments.entry_point import EntryPoint, find_entry_point
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from tests.support.local_functions import WORDS

OURS = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}


def found(function: LocalFunction, task_root: Path) -> EntryPoint:
    return find_entry_point(function, Sandbox(task_root, None), Machine("Linux", "x86_64"))


def command(function: LocalFunction, task_root: Path) -> tuple[str, ...]:
    return found(function, task_root).command


@pytest.mark.parametrize("environment", [{}, OURS])
def test_a_provided_runtime_starts_its_bootstrap(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """OS-only runtimes have no wrappers: Lambda ignores the variable."""
    started = command(replace(WORDS, environment=environment), tmp_path)

    assert started == (str(tmp_path / "bootstrap"),)


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("#!/bin/sh\nexec /opt/bin/program main\n", True),
        ('#!/bin/sh\nexec "/opt/bin/program"\n', True),
        ("#!/bin/sh\nPATH=/opt/bin:$PATH exec program\n", False),  # a folder
        ("#!/bin/sh\nexec /opt/bin/other\n", False),  # the layer has none
        ("#!/bin/sh\nexec /opt/data\n", False),  # not to be executed
        ('#!/bin/sh\nexec "${STREAMBDA_OPT:-/opt}/bin/program"\n', False),
        ("#!/bin/sh\nexec /usr/opt/bin/program\n", False),
        ("\x7fELF /opt/bin/program", False),
    ],
)
def test_a_bootstrap_that_names_a_program_of_its_layer_by_its_path_on_lambda(
    script: str, named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_folders, "find_obstacle", lambda: "not permitted")
    task_root, opt = tmp_path / "task", tmp_path / "opt"
    (opt / "bin").mkdir(parents=True)
    task_root.mkdir()
    for place, mode in ((opt / "bin/program", 0o755), (opt / "data", 0o644)):
        place.write_text("#!/bin/sh\n")
        place.chmod(mode)
    (task_root / "bootstrap").write_text(script)

    started = find_entry_point(WORDS, Sandbox(task_root, opt), Machine("Linux", "x86_64"))

    program = "which is $STREAMBDA_OPT/bin/program here: not permitted"
    more = f" (it names /opt/bin/program, {program})"
    assert started.note == "its own bootstrap" + more * named


def test_a_managed_python_starts_the_wrapper_as_lambda_does(tmp_path: Path) -> None:
    wrapper, python, *rest = command(
        replace(WORDS, runtime="python3.13", environment=OURS), tmp_path
    )

    assert wrapper == str(tmp_path / "streambda-wrapper")
    assert Path(python).exists()
    assert rest == ["/var/runtime/bootstrap.py"]


@pytest.mark.parametrize("environment", [{}, {"AWS_LAMBDA_EXEC_WRAPPER": ""}])
def test_a_managed_python_without_a_wrapper_starts_lambdas_own_loop(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    plain = found(replace(WORDS, runtime="python3.98", environment=environment), tmp_path)

    python, *_, loop = plain.command
    assert python == plain.program.path
    assert Path(loop).parts[-2:] == ("managed_python", "__main__.py")
    assert Path(loop).is_file()
    assert "no python3.98 on PATH that runs" in plain.program.reason
    assert plain.note.endswith("; its response is buffered, not streamed)")


@pytest.mark.parametrize(
    ("runtime", "environment", "why"),
    [
        (
            "python3.13",
            {"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/env"},
            (
                "its AWS_LAMBDA_EXEC_WRAPPER is /usr/bin/env, "
                "expected a program below /opt/ or /var/task/"
            ),
        ),
        (
            "java21",
            OURS,
            (
                "its runtime is java21, "
                "expected provided.al2023, python3.x or nodejs14.x to nodejs26.x"
            ),
        ),
        *(
            (
                runtime,
                {},
                (
                    f"its runtime is {runtime}, expected one of nodejs14.x, nodejs16.x, "
                    "nodejs18.x, nodejs20.x, nodejs22.x, nodejs24.x, nodejs26.x"
                ),
            )
            for runtime in ("nodejs28.x", "nodejs21.x", "nodejs", "nodejs8.10")
        ),
        (
            "",
            {},
            "it is a container image, which does not run here: its code as a folder or a zip does",
        ),
    ],
)
def test_what_cannot_be_run_is_named(
    tmp_path: Path, runtime: str, environment: dict[str, str], why: str
) -> None:
    with pytest.raises(LocalCloudError) as caught:
        command(replace(WORDS, runtime=runtime, environment=environment), tmp_path)

    assert str(caught.value) == f"App-Words cannot be run here: {why}"
