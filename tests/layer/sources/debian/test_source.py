"""The parts of the debian source that need no network, with fakes of apt's programs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.errors import (
    HashMismatch,
    LayerError,
    SourceUnavailable,
    VersionMismatch,
)
from streambda.layer.job import BuildJob
from streambda.layer.lock import LockedPackage
from streambda.layer.recipe import read_recipe, recipe_folder
from streambda.layer.report import Report
from streambda.layer.sources.debian.apt import download_packages
from streambda.layer.sources.debian.deb import Deb
from streambda.layer.sources.debian.relink import relink, require_zig
from streambda.layer.sources.debian.source import check_against_lock
from tests.support.fake_programs import write_program
from tests.support.layer_files import make_ar

SUITES = {"bookworm"}
PACKAGE = LockedPackage(name="libx", version="1.0", sha256=dict.fromkeys(Architecture, "a" * 64))
APT_CONFIG = """#!/bin/sh
case $1 in
shell) printf "F='{etc}/sources.list'\\nD='{etc}/sources.list.d/'\\n" ;;
dump) printf 'APT::Update::Post-Invoke:: "rm";\\nAcquire::http::Proxy "http://proxy.test";\\n'
      printf 'Acquire::IndexTargets::deb::Other "x";\\nAcquire::Languages:: "en";\\n' ;;
esac
"""


@pytest.fixture
def etc(tmp_path: Path, programs: Path) -> Path:
    """The folder that the fake apt-config gives as the machine's."""
    folder = tmp_path / "etc"
    (folder / "sources.list.d").mkdir(parents=True)
    write_program(programs, "apt-config", APT_CONFIG.format(etc=folder))
    write_program(programs, "apt-get", '#!/bin/sh\n[ "$2" = update ] || touch "$3_1_$$.deb"\n')
    return folder


def _download(folder: Path) -> list[Path]:
    return download_packages(["libx"], architecture="arm64", suites=SUITES, folder=folder / "work")


def _job(folder: Path, lines: list[str], *, locked: bool = False) -> BuildJob:
    return BuildJob(
        architecture=Architecture.X86_64,
        python="3.11",
        recipe=read_recipe(recipe_folder()),
        work=folder,
        locked=locked,
        report=Report(lines.append),
    )


def _deb(version: str, sha256: str) -> Deb:
    return Deb(path=Path("libx.deb"), name="libx", version=version, sha256=sha256)


def test_apt_works_in_a_private_root_with_the_machines_mirrors(tmp_path: Path, etc: Path) -> None:
    (etc / "sources.list").write_text("deb http://a.test/debian bookworm main\n")
    (etc / "sources.list.d/b.list").write_text("deb http://b.test/debian bookworm main\n")
    (etc / "sources.list.d/c.sources").write_text(
        "Types: deb\nURIs: http://c.test/debian\nSuites: bookworm\nComponents: main\n"
    )

    (deb,) = _download(tmp_path)

    private = tmp_path / "work/apt"
    config = (private / "apt.conf").read_text()
    texts = [path.read_text() for path in sorted((private / "sources").iterdir())]
    assert deb.parent == tmp_path / "work/debs"
    assert [text.count(f"{letter}.test") for text, letter in zip(texts, "abc", strict=True)] == [
        1,
        1,
        1,
    ]
    assert 'Acquire::http::Proxy "http://proxy.test";' in config
    assert "Post-Invoke" not in config
    assert "IndexTargets" not in config
    assert f'Dir::State "{private}/state";' in config
    assert 'APT::Architecture "arm64";' in config


def test_a_machine_without_apt_makes_the_source_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SourceUnavailable, match="this machine has no apt-get"):
        _download(tmp_path)


def test_a_machine_of_another_release_makes_the_source_unavailable(
    tmp_path: Path, etc: Path
) -> None:
    (etc / "sources.list").write_text("deb http://a.test/debian trixie main\n")

    with pytest.raises(SourceUnavailable, match="apt has no source for bookworm"):
        _download(tmp_path)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("noise\nE: Could not resolve a.test\nE: more", "update: Could not resolve a.test"),
        ("noise", "update: it failed without a message"),
    ],
)
def test_the_reason_for_an_unreachable_mirror_is_apts(
    tmp_path: Path, programs: Path, etc: Path, message: str, reason: str
) -> None:
    (etc / "sources.list").write_text("deb http://a.test/debian bookworm main\n")
    write_program(programs, "apt-get", f"#!/bin/sh\nprintf '{message}' >&2\nexit 100\n")

    with pytest.raises(SourceUnavailable, match=reason):
        _download(tmp_path)


def test_a_machine_without_zig_makes_the_source_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ziglang", None)

    with pytest.raises(SourceUnavailable, match="ziglang is not installed"):
        require_zig()


def test_a_package_as_locked_is_accepted_without_a_report(tmp_path: Path) -> None:
    lines: list[str] = []

    check_against_lock(PACKAGE, _deb("1.0", "a" * 64), _job(tmp_path, lines))

    assert lines == []


def test_another_version_is_accepted_and_reported(tmp_path: Path) -> None:
    lines: list[str] = []

    check_against_lock(PACKAGE, _deb("1.1", "b" * 64), _job(tmp_path, lines))

    assert lines == ["debian: libx has version 1.1, accepted instead of the lock's 1.0"]


@pytest.mark.parametrize("version", ["1.1", "0.9"])
def test_locked_refuses_another_version(tmp_path: Path, version: str) -> None:
    lines: list[str] = []

    with pytest.raises(VersionMismatch) as caught:
        check_against_lock(PACKAGE, _deb(version, "b" * 64), _job(tmp_path, lines, locked=True))

    assert str(caught.value) == (
        f"libx: apt has version {version}, but python-layer.lock says 1.0; "
        "build without --locked to accept it, or write its version and SHA-256 into the lock"
    )
    assert lines == []


@pytest.mark.slow
def test_locked_accepts_what_the_lock_says(tmp_path: Path) -> None:
    check_against_lock(PACKAGE, _deb("1.0", "a" * 64), _job(tmp_path, [], locked=True))

    with pytest.raises(HashMismatch):
        check_against_lock(PACKAGE, _deb("1.0", "b" * 64), _job(tmp_path, [], locked=True))


def test_the_same_version_with_another_hash_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HashMismatch, match=r"libx\.deb: its SHA-256 is b+, .* says a+"):
        check_against_lock(PACKAGE, _deb("1.0", "b" * 64), _job(tmp_path, []))


def test_the_linkers_error_is_the_reason(tmp_path: Path) -> None:
    pytest.importorskip("ziglang", reason="ziglang is not installed")
    packages = tmp_path / "packages"
    for name in ("x86_64-linux-gnu/libexpat.a", "x86_64-linux-gnu/libz.a"):
        path = packages / "usr/lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make_ar({}))
    libgcc = packages / "usr/lib/gcc/x86_64-linux-gnu/12/libgcc.a"
    libgcc.parent.mkdir(parents=True)
    libgcc.write_bytes(make_ar({}))

    with pytest.raises(LayerError, match=r"zig cc failed for x86_64-linux-gnu\.2\.34: "):
        relink(_job(tmp_path, []), packages)
