"""How much memory a function's processes hold, from /proc; 0 on systems without it.

Lambda limits the sandbox as a whole with a cgroup, for which most machines require root. RLIMIT_AS
needs no root, but counts addresses, of which a program may reserve far more than it ever uses; a
program at that limit gets a MemoryError where Lambda kills it. So memory is measured from outside.
"""

import os
from collections.abc import Iterator
from contextlib import suppress

MB = 1024 * 1024
PROC = "/proc"

# More than any of these files has.
MOST_BYTES = 64 * 1024


def held_bytes(pid: int) -> int:
    """What `pid` and all its children hold in RAM; 0 when they are gone, or there is no /proc."""
    return sum(_resident(one) for one in _tree(pid))


def peak_bytes(pid: int) -> int:
    """The most that `pid` itself has ever held."""
    with suppress(OSError, ValueError):
        for line in _read(f"{pid}/status").splitlines():
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _resident(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int(_read(f"{pid}/statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        # Of the main thread, which is the one that starts processes in all but odd programs.
        for child in _read(f"{pid}/task/{pid}/children").split():
            yield from _tree(int(child))


def _read(name: str) -> bytes:
    # Ten times a second for each environment at work: a Path and a text file cost four times this.
    descriptor = os.open(f"{PROC}/{name}", os.O_RDONLY)
    try:
        return os.read(descriptor, MOST_BYTES)
    finally:
        os.close(descriptor)
