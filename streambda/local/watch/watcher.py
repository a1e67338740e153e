"""Watches an app's sources, and collects edits until the reload takes them."""

import asyncio
from contextlib import aclosing
from pathlib import Path

from watchfiles import awatch

from streambda.local.model.errors import LocalCloudError
from streambda.local.watch.sources import Sources

# An editor writes a file in several steps, and `git switch` many files.
TOGETHER_MS = 100
STEP_MS = 20
LOOK_UP_MS = 500

CANNOT_WATCH = "cannot watch the app's sources"


class Watcher:
    """Runs in a task of its own."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._changed: set[Path] = set()
        self._edited = asyncio.Event()
        self.watching = asyncio.Event()  # set once no change is missed any more

    async def next_edits(self) -> list[str]:
        """The names of files that have changed since the last call; waits until there is one."""
        await self._edited.wait()
        self._edited.clear()
        names = sorted(self._sources.name(path) for path in self._changed)
        self._changed.clear()
        return names

    async def run(self) -> None:
        """Raises `LocalCloudError` when the system cannot watch any more."""
        try:
            while True:
                await self._watch_until_folders_change()
        except UnicodeEncodeError as error:
            reason = (
                "the locale cannot read the name of a folder, expected one such as LANG=C.UTF-8"
            )
            raise LocalCloudError(f"{CANNOT_WATCH}: {reason}") from error
        except (OSError, RuntimeError) as error:
            advice = "use --no-watch to serve without watching"
            raise LocalCloudError(f"{CANNOT_WATCH}: {error}; {advice}") from error

    async def _watch_until_folders_change(self) -> None:
        folders = self._sources.folders()
        while not folders:
            # A build that starts again has removed its folder, and will make it again.
            await asyncio.sleep(LOOK_UP_MS / 1000)
            folders = self._sources.folders()
            self._changed |= set(self._sources.files())
        found = awatch(
            *folders,
            # Not recursive, or else all of node_modules would be watched.
            recursive=False,
            watch_filter=None,
            debounce=TOGETHER_MS,
            step=STEP_MS,
            rust_timeout=LOOK_UP_MS,
            yield_on_timeout=True,
        )
        # The watch begins in the generator's first step, and this call comes when that waits. The
        # first thing that it yields may come only after LOOK_UP_MS.
        asyncio.get_running_loop().call_soon(self.watching.set)
        async with aclosing(found):
            async for changes in found:
                self._changed |= {
                    Path(path) for _, path in changes if self._sources.is_source(Path(path))
                }
                # A new folder must be watched before its files are reported.
                if changes and self._sources.folders() != folders:
                    return
                if self._changed:
                    self._edited.set()
