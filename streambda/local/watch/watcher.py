"""Collects changes of an app's sources until somebody has time for them."""

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


class Watcher:
    """Runs in a task of its own."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._changed: set[Path] = set()
        self._news = asyncio.Event()
        self.watching = asyncio.Event()  # from here on no change is missed

    async def changed(self) -> list[str]:
        """The files that have changed since the last call; waits until there is one."""
        await self._news.wait()
        self._news.clear()
        names = sorted(self._sources.name(path) for path in self._changed)
        self._changed.clear()
        return names

    async def run(self) -> None:
        """Raises `LocalCloudError` when the system watches no more."""
        try:
            while True:
                await self._run_until_there_are_other_folders()
        except (OSError, RuntimeError) as error:
            raise LocalCloudError(
                f"cannot watch the app's sources: {error}; --no-watch serves without"
            ) from error

    async def _run_until_there_are_other_folders(self) -> None:
        folders = self._sources.folders()
        found = awatch(
            *folders,
            # Not recursive: who has node_modules would watch all of it.
            recursive=False,
            watch_filter=None,
            debounce=TOGETHER_MS,
            step=STEP_MS,
            rust_timeout=LOOK_UP_MS,
            yield_on_timeout=True,
        )
        async with aclosing(found):
            async for changes in found:
                self._changed |= {Path(path) for _, path in changes if self._counts(Path(path))}
                # A folder that is new is watched before its files are told of.
                if changes and self._sources.folders() != folders:
                    return
                self.watching.set()
                if self._changed:
                    self._news.set()

    def _counts(self, path: Path) -> bool:
        return self._sources.counts(path)
