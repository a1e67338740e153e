import sys
import sysconfig
from pathlib import Path

import pytest

from streambda.bundle.package_target import PackageTarget
from streambda.bundle.requirements import read_requirements
from streambda.bundle.uv import _format_failure, find_uv, install
from streambda.layer import Architecture
from tests.support.wheels import make_wheel, write_requirements

ARM64 = PackageTarget("3.11", Architecture.ARM64)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))


def install_packages(entry: Path, target: PackageTarget) -> Path:
    uv, requirements = find_uv(), read_requirements(entry)
    assert uv is not None
    assert requirements is not None
    tree = entry.parent / "tree"
    tree.mkdir()
    install(uv, requirements, target, tree)
    return tree


def test_the_uv_of_this_environment_is_found_whatever_the_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")

    uv = find_uv()

    assert uv is not None
    assert Path(uv.path).parent == Path(sys.executable).parent


def test_a_uv_that_does_not_run_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_uv() is None


@pytest.mark.slow
def test_a_wheel_named_by_a_relative_path_starts_at_the_entry(entry: Path) -> None:
    make_wheel(entry / "vendor", "tiny", {"tiny.py": "X = 1\n"})
    write_requirements(entry, "./vendor/tiny-1.0-py3-none-any.whl")

    assert (install_packages(entry, ARM64) / "tiny.py").read_text() == "X = 1\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "python", "expected"),
    [
        (Architecture.ARM64, "3.11", "aarch64 3.11"),
        (Architecture.X86_64, "3.11", "x86_64 3.11"),
        (Architecture.ARM64, "3.13", "aarch64 3.13"),
    ],
)
def test_the_wheel_is_the_targets_not_the_machines(
    entry: Path, architecture: Architecture, python: str, expected: str
) -> None:
    for machine in ("aarch64", "x86_64"):
        for version in ("3.11", "3.13"):
            abi = f"cp{version.replace('.', '')}"
            tag = f"{abi}-{abi}-manylinux_2_34_{machine}"
            make_wheel(
                entry.parent / "wheels", "tiny", {"tiny.py": f"{machine} {version}"}, tag=tag
            )
    write_requirements(entry, "tiny")

    assert (
        install_packages(entry, PackageTarget(python, architecture)) / "tiny.py"
    ).read_text() == expected


def test_markers_are_the_targets(entry: Path) -> None:
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": ""})
    make_wheel(entry.parent / "wheels", "other", {"other.py": ""})
    write_requirements(
        entry, "tiny; platform_machine == 'aarch64'", "other; platform_machine == 'x86_64'"
    )

    tree = install_packages(entry, ARM64)

    assert (tree / "tiny.py").exists()
    assert not (tree / "other.py").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UV_COMPILE_BYTECODE", "1"),
        ("UV_LINK_MODE", "symlink"),
        ("UV_NO_BINARY", "1"),
        ("UV_PYTHON", "3.99"),
        ("UV_SYSTEM_PYTHON", "1"),
        ("UV_WORKING_DIR", "/"),
    ],
)
def test_a_users_settings_do_not_get_in_the_way(
    entry: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": ""})
    write_requirements(entry, "tiny")
    monkeypatch.setenv(name, value)

    tree = install_packages(entry, ARM64)

    assert not (tree / "tiny.py").is_symlink()
    assert not list(tree.rglob("*.pyc"))


@pytest.mark.slow
def test_the_users_index_counts(entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(entry.parent / "mine", "tiny", {"tiny.py": ""})
    (entry / "requirements.txt").write_text("tiny")
    monkeypatch.setenv("UV_FIND_LINKS", str(entry.parent / "mine"))
    monkeypatch.setenv("UV_NO_INDEX", "1")

    assert (install_packages(entry, ARM64) / "tiny.py").exists()


def test_a_package_that_is_nowhere_is_named_in_one_line(entry: Path) -> None:
    write_requirements(entry, "no-such-package==7")
    expected = r"^cannot install .*/requirements\.txt for arm64, Python 3\.11: .*no-such-package.*$"

    with pytest.raises(ValueError, match=expected) as raised:
        install_packages(entry, ARM64)
    assert "\n" not in str(raised.value)


def test_a_package_without_a_wheel_for_the_target_is_named_in_one_line(entry: Path) -> None:
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": ""}, tag="cp311-cp311-win_amd64")
    write_requirements(entry, "tiny")

    with pytest.raises(
        ValueError, match=r"^no wheel of tiny for arm64, Python 3\.11, asked for by"
    ):
        install_packages(entry, ARM64)


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("Using x\nerror: It failed\n  cause: no\n     route\n\nhint: y", "It failed: no route"),
        ("error: No solution found when resolving dependencies\n  cause: Because a", "Because a"),
        ("  x No solution found:\n  ╰─▶ Because a\n      is gone.\n", "Because a is gone."),
        ("warning: odd\nerror: Distribution not found\n\nnote", "Distribution not found"),
        ("thread panicked\n\n", "thread panicked"),
        ("", "uv gave no reason"),
    ],
)
def test_the_reason_is_one_line_whatever_uv_prints(stderr: str, reason: str) -> None:
    file = Path("requirements.txt")

    line = _format_failure(stderr, file, PackageTarget("3.11"))

    assert line == f"cannot install requirements.txt for this machine, Python 3.11: {reason}"
