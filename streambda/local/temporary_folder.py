"""Temporary folders that are gone with their cloud: with the next one, if that was killed.

A folder has a lock, which the kernel releases whatever ends the process that holds it.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "streambda-"
LOCK = ".streambda-lock"


@contextmanager
def temporary_folder(kind: str = "") -> Iterator[Path]:
    """A folder for its owner alone; also removes those that killed processes have left.

    `kind` is a part of its name.
    """
    remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{kind}") as name, _hold_lock(Path(name)):
        yield Path(name)


def remove_abandoned(parent: Path) -> None:
    """Removes the folders of this user in `parent` whose process has ended."""
    for lock in parent.glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError):  # it is held, gone, or of another user
            found = lock.parent.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                with _lock(lock):
                    shutil.rmtree(lock.parent, ignore_errors=True)


@contextmanager
def _hold_lock(folder: Path) -> Iterator[None]:
    try:
        import fcntl  # noqa: F401 (not on Windows)
    except ModuleNotFoundError:
        yield
        return
    # Under another name until it is held: a file that nobody holds is abandoned.
    new = folder / f"{LOCK}-new"
    with _lock(new, os.O_CREAT):
        new.rename(folder / LOCK)
        yield


@contextmanager
def _lock(path: Path, flags: int = 0) -> Iterator[None]:
    """Raises `OSError` if another process holds it."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
