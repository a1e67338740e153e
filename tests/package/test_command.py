import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from streambda import cli
from streambda.bundle import sizes
from streambda.layer import CheckFailed, LayerUnavailable
from tests.package.conftest import Outcome, Package
from tests.support.code_blocks import ROOT
from tests.support.projects import make_sdist, write_project
from tests.support.wheels import write_requirements


def last_line(done: Outcome) -> str:
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--arch", "ppc"), "'ppc' is not one of 'x86_64', 'arm64'"),
        (("--runtime", "nodejs22.x"), "--runtime is 'nodejs22.x', expected provided.al2023 or pyt"),
        (("--source", "pbs"), "--no-layer and --source are given, expected one of them"),
        (("--locked",), "--no-layer and --locked are given, expected one of them"),
        (("--layer", "x.zip"), "--layer and --no-layer are given, expected one of them"),
        (("--runtime", "python3.13"), "--no-layer is given, expected none with --runtime python3."),
        (("--python", "3.8"), "--python is '3.8', expected 3.11 or newer, such as 3.13"),
        (("--extra", "aws"), "--extra or --group are given for"),
        (("--nonsense",), "No such option"),
        (("--arch", "arm"), "Invalid value for '--arch': 'arm' is not one of"),
    ],
)
def test_a_wrong_option_is_one_line(
    package: Package, options: tuple[str, ...], expected: str
) -> None:
    done = package(*options)

    assert done.status == 2
    assert last_line(done).startswith("streambda: error: ")
    assert expected in last_line(done)
    assert not done.out.exists()


def test_a_folder_that_is_not_there_is_named(package: Package, tmp_path: Path) -> None:
    done = package(src=tmp_path / "none")

    assert done.status == 2
    assert last_line(done).endswith("none', expected a folder: there is none")


def test_a_handler_that_is_not_there_is_named(package: Package) -> None:
    done = package(handler="app.other")

    assert done.status == 2
    assert "handler is 'app.other', expected" in last_line(done)


def test_the_source_cannot_be_the_output(package: Package, entry: Path) -> None:
    done = package(out=entry)

    assert done.status == 2
    assert "expected another folder than SRC" in last_line(done)


def test_the_output_cannot_be_a_file(package: Package, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = package(out=tmp_path / "file")

    assert done.status == 2
    assert last_line(done).endswith("expected a folder: it is a file")


def add_source_distribution(entry: Path) -> None:
    make_sdist(entry.parent / "wheels", "tiny")
    write_requirements(entry, "tiny")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda entry: (entry / ".env").touch(), "expected --exclude .env to leave them out"),
        (lambda entry: (entry / "a b.key").touch(), "or --include 'a b.key' to take them"),
        (
            lambda entry: write_project(entry, "x", tables='[dependency-groups]\nllm = ["tiny"]\n'),
            None,
        ),
        (
            add_source_distribution,
            "--allow-build tiny builds it on this machine",
        ),
    ],
    ids=["env", "key", "groups", "build"],
)
def test_lines_of_errors_name_options_of_the_command(
    package: Package, entry: Path, make: Callable[[Path], object], expected: str | None
) -> None:
    make(entry)

    done = package()

    assert done.status == (2 if expected else 0)
    assert expected is None or expected in last_line(done)


def test_packages_are_not_installed_for_an_unknown_python(package: Package, entry: Path) -> None:
    write_requirements(entry, "tiny")

    done = package(layer=("--no-layer",))

    assert done.status == 2
    assert "expected --python with --no-layer" in last_line(done)


def test_a_layer_that_is_not_there_is_named(package: Package, tmp_path: Path) -> None:
    done = package(layer=("--layer", str(tmp_path / "none.zip")))

    assert done.status == 2
    assert last_line(done).endswith("none.zip', expected a zip: there is none")


def test_a_layer_that_is_no_zip_is_named(package: Package, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("text")

    done = package(layer=("--layer", str(tmp_path / "text.zip")))

    assert done.status == 1
    assert "text.zip" in last_line(done)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LayerUnavailable("arm64", {"pbs": "no network"}), 3),
        (CheckFailed("layer.zip", ["it needs glibc 2.38"]), 1),
        (PermissionError("no"), 1),
    ],
)
def test_a_layer_that_cannot_be_made_has_its_own_exit_codes(
    package: Package, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def ensure_layer(*_: object, **__: object) -> Path:
        raise error

    monkeypatch.setattr("streambda.package.package.ensure_layer", ensure_layer)

    done = package(layer=())

    assert done.status == status
    assert str(error) in last_line(done)


def test_advice_names_options_of_the_command(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    advice = ["choose Python 3.11 (python), or allow it (fallback)", "give x.tar.gz (archive)"]

    def ensure_layer(*_: object, **__: object) -> Path:
        raise LayerUnavailable("arm64", {"docker": "Is the daemon running?"}, advice=advice)

    monkeypatch.setattr("streambda.package.package.ensure_layer", ensure_layer)

    assert last_line(package(layer=())).endswith(
        "docker: Is the daemon running. What helps: choose Python 3.11 (--python), or allow it "
        "(--fallback); or give x.tar.gz (streambda layer build --archive, then --layer)"
    )


def test_too_much_code_is_refused_before_a_zip_is_written(
    package: Package, entry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry / "large.bin").write_bytes(b"x" * 5000)
    monkeypatch.setattr(sizes, "LAMBDA_UNZIPPED_BYTES", 4000)

    done = package()

    assert done.status == 2
    assert "Lambda allows 4 KB" in last_line(done)
    assert not list(done.out.iterdir())


def test_a_zip_that_cannot_be_uploaded_directly_is_told(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streambda.package.manifest.LAMBDA_DIRECT_UPLOAD_BYTES", 4096)

    done = package()

    assert done.status == 0
    assert last_line(done) == ("streambda: function.zip has more than 4 KB: upload it by way of S3")


def test_the_page_lists_every_option() -> None:
    command: Any = typer.main.get_command(cli.make_app())
    options = {name for one in command.commands["package"].params for name in one.opts}
    page = (ROOT / "docs/other-tools.md").read_text("utf-8")
    table = page.partition("## Options")[2].partition("## The same bytes")[0]

    assert set(re.findall(r"(?<!-)--[a-z][a-z-]*", table)) == options - {"src", "--help"}


@pytest.mark.slow
def test_neither_the_cdk_nor_node_is_needed(entry: Path, tmp_path: Path) -> None:
    """In a process where neither can be imported or found."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['aws_cdk', 'jsii', 'constructs']));"
        "from streambda.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "package", entry, "--handler", "app.handler"]

    done = subprocess.run(
        [*map(str, command), "--no-layer", "--python", "3.99", "--out", str(tmp_path / "build")],
        env={"PATH": str(tmp_path), "PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert shutil.which("node", path=str(tmp_path)) is None
    assert (tmp_path / "build/function.zip").exists()
