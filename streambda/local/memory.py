"""How much memory a function's processes hold, from /proc. Systems without it tell nothing.

Lambda limits the sandbox as a whole with a cgroup, which takes root on most machines. RLIMIT_AS
would not: it counts addresses, of which a program may reserve far more than it ever uses, and a
program that meets it gets a MemoryError where Lambda kills. So memory is looked at from outside.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MB = 1024 * 1024
PAGE = os.sysconf("SC_PAGE_SIZE")
PROC = Path("/proc")


def held_bytes(pid: int) -> int:
    """What `pid` and all its children hold in RAM; 0 when they are gone, or there is no /proc."""
    return sum(_resident(one) for one in _tree(pid))


def peak_bytes(pid: int) -> int:
    """The most that `pid` itself has ever held."""
    with suppress(OSError, ValueError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _resident(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE
    return 0


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        # Of the main thread, which is the one that starts processes in all but odd programs.
        for child in (PROC / str(pid) / "task" / str(pid) / "children").read_text().split():
            yield from _tree(int(child))
