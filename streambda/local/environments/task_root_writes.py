"""What a function writes into its own code: on Lambda /var/task is read-only.

Here it is not: the folder may be the app's own cdk.out, where read-only folders would be in the way
of the CDK, of a reload and of who deletes it, and nothing is read-only for root. So what has been
written is found by its time, after the fact, and told by name.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# How often a folder is looked at, at most. A large one is looked at more rarely, so that it takes
# no more than a fiftieth of the time.
CHECK_S = 2.0
SHARE = 50

# After so many names it is clear what is meant.
MOST_NAMES = 5


class TaskRootWrites:
    """Looks for them after invocations.

    Args:
        since_ns: When the function was started, since 1970.
        told: Names that need not be told again, by any environment of this code.
        tell: Takes a line for each.
    """

    def __init__(
        self, folder: Path, since_ns: int, told: set[str], tell: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._tell = tell
        self._since_ns = since_ns
        self._told = told
        self._used = asyncio.Event()

    def note_use(self) -> None:
        """The function has run."""
        self._used.set()

    async def watch(self) -> None:
        """Looks at once after the first use, and then from time to time."""
        while len(self._told) < MOST_NAMES:
            await self._used.wait()
            began = time.monotonic()
            await self.look()
            await asyncio.sleep(max(CHECK_S, SHARE * (time.monotonic() - began)))

    async def look(self) -> None:
        """Tells what has been written, if the function has run since the last look."""
        if not self._used.is_set() or len(self._told) >= MOST_NAMES:
            return
        self._used.clear()
        names = await asyncio.to_thread(
            lambda: sorted(list_changed(str(self._folder), self._since_ns))
        )
        new = [name for name in names if name not in self._told]
        for name in new[: MOST_NAMES - len(self._told)]:
            self._told.add(name)
            self._tell(f"warning: it writes to /var/task/{name}: on AWS only /tmp can be written")


def list_changed(folder: str, since_ns: int, prefix: str = "") -> Iterator[str]:
    """Names of what is younger than `since_ns`.

    A folder in which something has been created, renamed or deleted stands for that, unless a file
    in it is younger too. Byte code is left out: Python writes none where it cannot, and does not
    fail there.
    """
    found = False
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = f"{prefix}{entry.name}"
                try:
                    if entry.name == "__pycache__":
                        found |= entry.stat(follow_symlinks=False).st_mtime_ns > since_ns
                    elif entry.is_dir(follow_symlinks=False):
                        yield from list_changed(entry.path, since_ns, f"{name}/")
                    elif entry.stat(follow_symlinks=False).st_mtime_ns > since_ns:
                        found = True
                        yield name
                except OSError:
                    continue  # it is gone by now
        if not found and os.stat(folder).st_mtime_ns > since_ns:  # noqa: PTH116
            yield prefix
    except OSError:
        return
