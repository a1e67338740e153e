"""What a function's process finds around itself: variables, and a Python."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.environments.interpreter import (
    Machine,
    choose_for_layer,
    choose_for_managed_runtime,
)
from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.environments.variables import make_variables
from tests.support.local_functions import WORDS

LINUX = Machine("Linux", "x86_64")


def variables(
    task_root: Path, opt: Path | None = None, own: dict[str, str] | None = None, **credentials: str
) -> dict[str, str]:
    return make_variables(
        replace(WORDS, environment=own or {}),
        runtime_api="127.0.0.1:9001",
        sandbox=Sandbox(task_root, opt),
        program="/python",
        log_stream="stream",
        credentials=credentials,
    )


def test_lambdas_variables_and_nothing_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    found = variables(tmp_path)

    assert found["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"
    assert found["LAMBDA_TASK_ROOT"] == str(tmp_path)
    assert found["_HANDLER"] == "h"
    assert found["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/App-Words"
    assert found["TZ"] == ":UTC"
    assert found["STREAMBDA_PYTHON"] == "/python"
    assert "AWS_EXECUTION_ENV" not in found  # it has an OS-only runtime
    assert "HOME" not in found
    assert "LD_LIBRARY_PATH" not in found


def test_function_sets_its_own_but_not_the_reserved_ones(tmp_path: Path) -> None:
    found = variables(tmp_path, own={"A": "b", "LANG": "C", "AWS_REGION": "mars"})

    assert (found["A"], found["LANG"], found["AWS_REGION"]) == ("b", "C", "us-east-1")


def test_a_managed_nodejs_finds_its_layers(tmp_path: Path) -> None:
    opt, image, task = tmp_path / "opt", tmp_path / "image", tmp_path / "task"
    folders = [
        opt / "nodejs" / "node22" / "node_modules",
        opt / "nodejs" / "node_modules",
        image / "node_modules",
        task,
    ]
    for folder in folders:
        folder.mkdir(parents=True)
    (opt / "nodejs" / "node20" / "node_modules").mkdir(parents=True)

    found = make_variables(
        replace(WORDS, runtime="nodejs22.x"),
        runtime_api="127.0.0.1:9001",
        sandbox=Sandbox(task, opt, image),
        program="/node",
        log_stream="stream",
        credentials={},
        lang=Path("/lang"),
    )

    assert found["NODE_PATH"].split(":") == [str(folder) for folder in folders]
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs22.x"
    assert found["PATH"].startswith("/lang/bin:/usr/local/bin:")
    assert "STREAMBDA_PYTHON" not in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--import=/opt/a.mjs -r /var/task/b.js", "--import={0}/opt/a.mjs -r {0}/task/b.js"),
        (
            "/opt/nodejs:/var/task:/var/runtime/node_modules",
            "{0}/opt/nodejs:{0}/task:{0}/image/node_modules",
        ),
        ("--import file:///opt/a.mjs", "--import file://{0}/opt/a.mjs"),
        (
            "--import=./a.mjs -r /home/opt/b -r /optional/c",
            "--import=./a.mjs -r /home/opt/b -r /optional/c",
        ),
    ],
)
@pytest.mark.parametrize("name", ["NODE_OPTIONS", "NODE_PATH"])
def test_paths_that_nodejs_itself_reads(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    found = make_variables(
        replace(WORDS, runtime="nodejs22.x", environment={name: text, "OTHER": text}),
        runtime_api="127.0.0.1:9001",
        sandbox=Sandbox(tmp_path / "task", tmp_path / "opt", tmp_path / "image"),
        program="/node",
        log_stream="stream",
        credentials={},
    )

    assert (found[name], found["OTHER"]) == (expected.format(tmp_path), text)


@pytest.mark.parametrize(
    ("runtime", "own", "expected"),
    [
        ("python3.13", {}, "{opt}/python/lib/python3.13/site-packages:{opt}/python:{image}"),
        ("python3.12", {}, "{opt}/python:{image}"),
        ("python3.13", {"PYTHONPATH": "/mine"}, "/mine"),
    ],
)
def test_packages_of_layers_and_image_for_the_wrapper_in_a_managed_python(
    runtime: str, own: dict[str, str], expected: str, tmp_path: Path
) -> None:
    wrapper = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}
    opt, image = tmp_path / "opt", tmp_path / "image"
    (opt / "python/lib/python3.13/site-packages").mkdir(parents=True)
    image.mkdir()
    found = make_variables(
        replace(WORDS, runtime=runtime, environment=own | wrapper),
        runtime_api="127.0.0.1:9001",
        sandbox=Sandbox(tmp_path, opt, image),
        program="/python",
        log_stream="stream",
        credentials={},
    )

    assert found["PYTHONPATH"] == expected.format(opt=opt, image=image)


def test_where_other_runtimes_look_for_layers(tmp_path: Path) -> None:
    """Never in this machine's /opt."""
    for opt, expected in ((tmp_path / "opt", str(tmp_path / "opt")), (None, os.devnull)):
        found = variables(tmp_path, opt)

        assert found["STREAMBDA_OPT"] == expected
        assert not found.keys() & {"PYTHONPATH", "STREAMBDA_IMAGE"}


@pytest.mark.parametrize(("snap_start", "type"), [(True, "snap-start"), (False, "on-demand")])
def test_how_the_environment_came_to_be(tmp_path: Path, snap_start: bool, type: str) -> None:
    found = make_variables(
        replace(WORDS, snap_start=snap_start),
        runtime_api="127.0.0.1:9001",
        sandbox=Sandbox(tmp_path, None),
        program="/python",
        log_stream="stream",
        credentials={},
    )

    assert found["AWS_LAMBDA_INITIALIZATION_TYPE"] == type


def test_libraries_and_programs_of_layers(tmp_path: Path) -> None:
    (tmp_path / "opt" / "lib").mkdir(parents=True)

    found = variables(tmp_path, tmp_path / "opt")

    assert found["LD_LIBRARY_PATH"] == str(tmp_path / "opt" / "lib")
    assert found["PATH"].endswith(f":{tmp_path / 'opt' / 'bin'}")


def test_credentials_win_over_a_functions_own(tmp_path: Path) -> None:
    found = variables(tmp_path, own={"AWS_ACCESS_KEY_ID": "x"}, AWS_ACCESS_KEY_ID="k")

    assert found["AWS_ACCESS_KEY_ID"] == "k"
    assert "AWS_SESSION_TOKEN" not in found


def test_the_region_is_the_functions(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:Words"
    found = make_variables(
        replace(WORDS, arn=arn),
        runtime_api="127.0.0.1:9001",
        sandbox=Sandbox(tmp_path, None),
        program="/python",
        log_stream="stream",
        credentials={},
    )

    assert (found["AWS_REGION"], found["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")


def layer(folder: Path) -> Path:
    python = folder / "python-rt" / "bin" / "python3"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    return python


def test_python_of_the_layer(tmp_path: Path) -> None:
    python = layer(tmp_path)

    found = choose_for_layer(tmp_path, "x86_64", LINUX)

    assert (found.path, found.reason) == (str(python), "from the function's layer")


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (Machine("Darwin", "x86_64"), "the layer's Python is for Linux, this machine runs Darwin"),
        (Machine("Linux", "arm64"), "the layer's Python is for x86_64, this machine is arm64"),
    ],
)
def test_python_of_this_machine_where_the_layers_cannot_run(
    machine: Machine, why: str, tmp_path: Path
) -> None:
    layer(tmp_path)

    found = choose_for_layer(tmp_path, "x86_64", machine)

    assert Path(found.path).resolve() == Path(sys.executable).resolve()
    assert why in found.reason


def test_python_of_this_machine_without_a_layer(tmp_path: Path) -> None:
    assert "no layer that brings a Python" in choose_for_layer(None, "x86_64", LINUX).reason
    found = choose_for_layer(tmp_path, "x86_64", LINUX)
    assert "none of the function's layers brings a Python" in found.reason


def python_that_says(folder: Path, text: str) -> Path:
    python = folder / "python3.99"
    folder.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{text}\n")
    python.chmod(0o755)
    return python


def test_a_managed_python_is_the_first_of_its_version_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / name for name in ("shims", "other", "real")]
    says = ["echo not installed >&2; exit 127", "echo 3.98", "echo 3.99"]
    *_, real = [python_that_says(*given) for given in zip(folders, says, strict=True)]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))

    found = choose_for_managed_runtime("3.99")

    assert (found.path, found.reason) == (
        str(real),
        "in place of the managed runtime's Python 3.99",
    )


@pytest.mark.parametrize("text", ["exit 127", "exec /nowhere/python3"])
def test_a_managed_python_that_does_not_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    python_that_says(tmp_path / "shims", text)
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))

    assert "no python3.99 on PATH that runs" in choose_for_managed_runtime("3.99").reason


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("", "home/.pyenv/versions/3.99.{}/bin"),
        ("PYENV_ROOT", "here/versions/3.99.{}/bin"),
        ("", "home/.local/share/uv/python/cpython-3.99.{}-linux-x86_64-gnu/bin"),
        ("", "home/.local/share/mise/installs/python/3.99.{}/bin"),
        ("", "home/.asdf/installs/python/3.99.{}/bin"),
    ],
)
def test_a_managed_python_is_else_the_newest_of_a_version_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, place: str
) -> None:
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "ASDF_DATA_DIR", "MISE_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "here"))
    python_that_says(tmp_path / "shims", "exit 127")
    python_that_says(tmp_path / place.format(9), "echo 3.99")
    wanted = python_that_says(tmp_path / place.format(10), "echo 3.99")
    # The newest, but without the global lock.
    python_that_says(tmp_path / place.format("11t"), "echo 3.99t")

    assert choose_for_managed_runtime("3.99").path == str(wanted)


@pytest.mark.parametrize("version", [f"{sys.version_info[0]}.{sys.version_info[1]}", "3.98"])
def test_a_managed_python_is_else_this_machines_own(version: str) -> None:
    found = choose_for_managed_runtime(version)

    assert Path(found.path).resolve() == Path(sys.executable).resolve()
    assert found.reason.startswith("this machine's own: ")
    assert version in found.reason


def test_names_of_architectures_are_lambdas(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, expected in (("AMD64", "x86_64"), ("aarch64", "arm64"), ("riscv64", "riscv64")):
        monkeypatch.setattr("platform.machine", lambda name=name: name)
        assert Machine.this().architecture == expected
