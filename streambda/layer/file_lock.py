"""Holds a file for one process: by flock, and on Windows by a lock of one byte of it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

# Behind all that the file will ever have: on Windows nobody can read what is locked.
_BEHIND = 2**30


def wait_for_lock(descriptor: int) -> None:
    """Waits until no other process holds it. The system frees it when the process ends."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _BEHIND, os.SEEK_SET)
        while True:
            with suppress(OSError):  # it gives up after ten seconds
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
