"""Temporary folders: whose process was killed, its folder goes with the next one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streambda.local.temporary_folder import LOCK, remove_abandoned, temporary_folder

HOLD = """
import sys, tempfile
from streambda.local.temporary_folder import temporary_folder
with temporary_folder("app-") as folder:
    (folder / "file").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_its_owners_and_goes(parent: Path) -> None:
    with temporary_folder() as folder, temporary_folder("app-") as other:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.is_dir()
        assert other.name.startswith("streambda-app-")
        remove_abandoned(parent)
        assert folder.is_dir()
    assert list(parent.iterdir()) == []


def test_the_folder_of_a_killed_process_goes_with_the_next(parent: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "TMPDIR": str(parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        with temporary_folder():
            assert (folder / "file").exists()
        process.kill()
    assert (folder / "file").exists()

    with temporary_folder() as own:
        assert list(parent.iterdir()) == [own]


def test_what_is_not_ours_stays(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders without a lock, links to folders, those of other users."""
    (parent / "streambda-open").mkdir()
    kept = parent / "elsewhere"
    kept.mkdir()
    (kept / LOCK).touch()
    (parent / "streambda-link").symlink_to(kept)
    other = parent / "streambda-other"
    other.mkdir()
    (other / LOCK).symlink_to(kept / LOCK)
    before = sorted(parent.rglob("*"))

    remove_abandoned(parent)
    (other / LOCK).unlink()
    (other / LOCK).touch()
    monkeypatch.setattr(os, "getuid", lambda: -1)
    remove_abandoned(parent)

    assert sorted(parent.rglob("*")) == before
