import hashlib
import os
import shutil
import sys
import zipfile
from base64 import b64decode
from pathlib import Path

import pytest

from tests.package.conftest import Package
from tests.support.layer_files import X86_64, make_layer_files, write_layer_zip
from tests.support.wheels import make_layer_archive, make_wheel, write_requirements

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def names_in(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as packed:
        return packed.namelist()


def test_the_zip_is_what_lambda_unpacks_to_its_task_root(package: Package) -> None:
    done = package()

    names = names_in(done.out / "function.zip")
    assert done.status == 0
    assert {"app.py", "bootstrap", "streambda-wrapper", "streambda_runtime/loop.py"} <= {*names}
    assert names == sorted(names)
    assert done.stdout == f"{done.out}/manifest.json\n"


def test_every_entry_has_a_fixed_time_and_mode(package: Package, entry: Path) -> None:
    (entry / "tool").touch()
    (entry / "tool").chmod(0o700)
    (entry / "app.py").chmod(0o600)

    done = package()

    with zipfile.ZipFile(done.out / "function.zip") as packed:
        entries = packed.infolist()
    modes = {one.filename: one.external_attr >> 16 & 0o777 for one in entries}
    assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {name for name, mode in modes.items() if mode == 0o755} == {
        "bootstrap", "streambda-wrapper", "tool"
    }  # fmt: skip
    assert {*modes.values()} == {0o755, 0o644}


@pytest.mark.parametrize("layer", [True, False])
def test_the_manifest_tells_what_the_zips_are(
    package: Package, tmp_path: Path, layer: bool
) -> None:
    archive = make_layer_archive("3.99", tmp_path)

    done = package(layer=("--layer", str(archive)) if layer else ("--no-layer", "--python", "3.99"))

    function = done.manifest["function"]
    content = (done.out / function["file"]).read_bytes()
    assert function["sha256"] == hashlib.sha256(content).hexdigest()
    assert b64decode(function["code_sha256"]) == hashlib.sha256(content).digest()
    assert function["zipped_bytes"] == len(content)
    assert {name: function[name] for name in ("handler", "runtime", "architectures")} == {
        "handler": "app.handler", "runtime": "provided.al2023", "architectures": ["arm64"]
    }  # fmt: skip
    assert function["environment"] == {}
    assert function["python"] == "3.99"
    assert function["compiled"] is False
    if not layer:
        assert done.manifest["layer"] is None
        return
    assert (done.out / "layer.zip").read_bytes() == archive.read_bytes()
    assert done.manifest["layer"]["python"] == "3.99"
    assert done.manifest["layer"]["compatible_architectures"] == ["arm64"]
    assert done.manifest["layer"]["compatible_runtimes"] == ["provided.al2023"]


def test_lambdas_own_python_needs_a_variable_and_no_layer(package: Package) -> None:
    done = package("--runtime", "python3.13", "--arch", "x86_64", layer=())

    function = done.manifest["function"]
    assert function["runtime"] == "python3.13"
    assert function["architectures"] == ["x86_64"]
    assert function["environment"] == {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}
    assert done.manifest["layer"] is None
    assert sorted(path.name for path in done.out.iterdir()) == ["function.zip", "manifest.json"]


def test_code_is_compiled_where_that_python_is_here(package: Package) -> None:
    layer = ("--no-layer", "--python", HERE)

    compiled = package(layer=layer)
    plain = package("--no-bytecode", layer=layer, out=compiled.out.with_name("plain"))

    assert any(name.endswith(".pyc") for name in names_in(compiled.out / "function.zip"))
    assert not any(name.endswith(".pyc") for name in names_in(plain.out / "function.zip"))
    assert [done.manifest["function"]["compiled"] for done in (compiled, plain)] == [True, False]
    assert "no Python" not in compiled.stderr + plain.stderr
    assert compiled.manifest["function"]["hash"] == plain.manifest["function"]["hash"]


def test_a_python_that_is_not_here_is_told(package: Package) -> None:
    assert "streambda: no Python 3.99 runs here: the function has no .pyc" in package().stderr


def test_packages_are_in_the_zip_and_scripts_only_if_asked_for(
    package: Package, entry: Path
) -> None:
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": "X = 1\n", "bin/tiny": "#!python\n"})
    write_requirements(entry, "tiny")

    plain = package()
    scripts = package("--console-scripts", out=plain.out.with_name("scripts"))

    assert "tiny.py" in names_in(plain.out / "function.zip")
    assert "bin/tiny" not in names_in(plain.out / "function.zip")
    assert "bin/tiny" in names_in(scripts.out / "function.zip")


def test_what_is_excluded_stays_out_and_what_is_included_comes_along(
    package: Package, entry: Path
) -> None:
    for name in ("notes.md", "more.txt", ".env"):
        (entry / name).touch()

    done = package("--exclude", "*.md", "--exclude", "more.txt", "--include", ".env")

    names = names_in(done.out / "function.zip")
    assert ".env" in names
    assert not {"notes.md", "more.txt"} & {*names}


def test_the_output_may_lie_in_the_source_and_is_not_packaged(
    package: Package, entry: Path
) -> None:
    first = package(out=entry / "zips").manifest
    second = package(out=entry / "zips").manifest

    assert first == second
    assert not any("zips" in name for name in names_in(entry / "zips/function.zip"))


def test_nothing_of_an_earlier_call_is_left(package: Package, tmp_path: Path) -> None:
    archive = make_layer_archive("3.99", tmp_path)

    done = package(layer=("--layer", str(archive)))
    assert (done.out / "layer.zip").exists()
    package()

    assert sorted(path.name for path in done.out.iterdir()) == ["function.zip", "manifest.json"]


def test_the_layer_of_an_earlier_call_can_be_given_again(package: Package, tmp_path: Path) -> None:
    archive = make_layer_archive("3.99", tmp_path)

    first = package(layer=("--layer", str(archive)))
    second = package(layer=("--layer", str(first.out / "layer.zip")))

    assert second.status == 0
    assert (second.out / "layer.zip").read_bytes() == archive.read_bytes()


def test_the_layer_is_built_as_the_options_say(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = make_layer_archive("3.12", tmp_path)
    asked: list[dict[str, object]] = []

    def ensure_layer(architecture: str, **options: object) -> Path:
        options.pop("report")
        asked.append({"architecture": str(architecture), **options})
        return archive

    monkeypatch.setattr("streambda.package.package.ensure_layer", ensure_layer)

    done = package(layer=("--python", "3.12", "--source", "pbs", "--locked"))

    assert asked == [
        {
            "architecture": "arm64",
            "source": "pbs",
            "python": "3.12",
            "fallback": None,
            "locked": True,
            "lock": None,
        }
    ]
    assert done.manifest["function"]["python"] == "3.12"
    assert (done.out / "layer.zip").read_bytes() == archive.read_bytes()


def test_a_layer_of_the_other_architecture_is_refused(package: Package, tmp_path: Path) -> None:
    archive = write_layer_zip(tmp_path / "x.zip", make_layer_files(X86_64, "3.12"))

    refused = package(layer=("--layer", str(archive)))
    taken = package("--arch", "x86_64", layer=("--layer", str(archive)))

    assert refused.status == 2
    assert refused.stderr == (
        f"streambda: error: --layer is {str(archive)!r}, but it is for x86_64, not for arm64\n"
    )
    assert taken.manifest["layer"]["description"] == ("Python 3.12.2 for provided.al2023 on x86_64")


@pytest.mark.skipif(shutil.which("python3") is None, reason="no python3 on PATH")
def test_two_calls_write_the_same_bytes(package: Package, entry: Path, tmp_path: Path) -> None:
    copy = tmp_path / "else/where"
    shutil.copytree(entry, copy, copy_function=shutil.copyfile)
    os.utime(copy / "app.py", (0, 0))

    first = package()
    second = package(src=copy, out=tmp_path / "other")

    for name in ("function.zip", "manifest.json"):
        assert (first.out / name).read_bytes() == (second.out / name).read_bytes()
