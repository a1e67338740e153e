from __future__ import annotations

import threading
from pathlib import Path

import pytest

from streambda.layer.__main__ import FAILED, OK, main
from streambda.layer.architecture import Architecture
from streambda.layer.cache import hold_lock, lock_file
from streambda.layer.clean import clean_cache
from streambda.layer.recipe import fingerprint, read_recipe, recipe_folder

KEY = "0123456789abcdef"


@pytest.fixture
def folder(cache: Path) -> Path:
    """A cache with something of every kind."""
    path = cache / "layer"
    (path / "downloads").mkdir(parents=True)
    locked = read_recipe(recipe_folder()).lock.pbs.releases["3.13"].archives
    sizes = {
        f"python-arm64-pbs-3.13-{KEY}.zip": 3_000_000,
        f"python-x86_64-debian-{KEY}.zip": 1_500_000,
        f"python-arm64-pbs-3.13-{fingerprint(recipe_folder())}.zip": 10,
        f"downloads/{'0' * 64}.tar.gz": 700_000,
        f"downloads/{'0' * 64}.part": 100_000,
        f"downloads/{locked[Architecture.ARM64].sha256}.tar.gz": 10,
        f"downloads/{locked[Architecture.X86_64].sha256}.part": 10,
        "mine.zip": 10,
    }
    for name, size in sizes.items():
        (path / name).write_bytes(bytes(size))
    return path


def _left(folder: Path) -> set[str]:
    files = {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}
    return {path.relative_to(folder).as_posix() for path in files}


def test_what_no_build_would_use_is_removed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _left(folder)

    assert main(["clean"]) == OK

    gone = before - _left(folder)
    assert gone == {
        f"python-arm64-pbs-3.13-{KEY}.zip",
        f"python-x86_64-debian-{KEY}.zip",
        f"downloads/{'0' * 64}.tar.gz",
        f"downloads/{'0' * 64}.part",
    }
    *files, last = capsys.readouterr().out.splitlines()
    assert set(files) == {str(folder / name) for name in gone}
    assert last == "4 removed, 5.3 MB"


def test_all_removes_all_that_builds_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clean", "--all"]) == OK

    assert _left(folder) == {"mine.zip"}
    assert capsys.readouterr().out.endswith("7 removed, 5.3 MB\n")


def test_a_cache_that_does_not_exist_is_not_made(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clean"]) == OK

    assert capsys.readouterr().out == "0 removed, 0.0 MB\n"
    assert not cache.exists()


def test_cleaning_waits_for_a_running_build(folder: Path) -> None:
    begun, done = threading.Event(), threading.Event()

    def cleaning() -> None:
        begun.set()
        clean_cache(recipe_folder(), everything=True)
        done.set()

    thread = threading.Thread(target=cleaning)
    with hold_lock(lock_file(folder, Architecture.X86_64)):
        thread.start()
        assert begun.wait(10)
        assert not done.wait(0.2)
        assert len(_left(folder)) == 8
    thread.join(10)

    assert done.is_set()
    assert _left(folder) == {"mine.zip"}


def test_a_file_that_cannot_be_removed_is_an_error_of_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stuck = folder / "downloads/folder"
    stuck.mkdir()

    assert main(["clean", "--all"]) == FAILED

    err = capsys.readouterr().err
    assert str(stuck) in err
    assert err.count("\n") == 1
