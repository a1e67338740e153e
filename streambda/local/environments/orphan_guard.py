"""Ends functions when the local cloud is killed, and so cannot end them itself.

A function has a session of its own and nothing reads what it does, so after a `kill -9` of the
cloud it would run on for ever. A small shell holds the read end of a pipe whose write end only we
have. The kernel closes that whatever ends us, and the shell then kills the process groups that it
was told of. This needs no code between fork and exec, which is unsafe in a program with threads,
costs a cold start nothing, reaches what functions have started, and works on every POSIX system;
PR_SET_PDEATHSIG does none of these. It cannot end what has left its process group (`setsid`), and
nothing if the shell is killed too.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from streambda.local.model.errors import LocalCloudError

_NOT_ON_WINDOWS = (
    "the local cloud runs functions on Linux and macOS, not on Windows; expected Python in WSL 2, "
    "see https://learn.microsoft.com/windows/wsl"
)

# + and - with the process group; at the end of the pipe all that were not taken back are killed.
SCRIPT = """
trap '' HUP INT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="${groups%% "$group" *} ${groups#* "$group" }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
"""


class OrphanGuard:
    """Args: `pipe` is a file descriptor to the shell; None guards nothing."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe

    @contextmanager
    def guard(self, group: int) -> Iterator[None]:
        """The process group `group` ends with us while this is entered."""
        self._tell(f"+ {group}\n")
        try:
            yield
        finally:
            self._tell(f"- {group}\n")

    def _tell(self, line: str) -> None:
        if self._pipe is not None:
            # A shell that somebody has killed must not end anything else.
            with suppress(OSError):
                os.write(self._pipe, line.encode())


NO_GUARD = OrphanGuard()


@asynccontextmanager
async def run_orphan_guard() -> AsyncIterator[OrphanGuard]:
    """A guard with a shell of its own; one that guards nothing where no shell can be started.

    Raises `LocalCloudError` on Windows, where nothing could end what a function has started.
    """
    if sys.platform == "win32":
        raise LocalCloudError(_NOT_ON_WINDOWS)
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    try:
        try:
            shell = await start_shell(read_end)
        finally:
            os.close(read_end)
        yield OrphanGuard(write_end) if shell else NO_GUARD
    finally:
        os.close(write_end)
    if shell:
        await shell.wait()


async def start_shell(stdin: int) -> asyncio.subprocess.Process | None:
    """In a session of its own: Ctrl-C in the terminal is for us."""
    with suppress(OSError):
        return await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            SCRIPT,
            stdin=stdin,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
    return None
