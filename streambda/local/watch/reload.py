"""What changes in an app's sources is synthesised, and the local cloud goes on with that.

A broken app, or a function whose new code does not come up, leaves all as it was.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path

from streambda.local.cloud import CloudChanges, LocalCloud
from streambda.local.model.errors import LocalCloudError
from streambda.local.synthesis.app import App
from streambda.local.watch.copies import Copies, with_changes
from streambda.local.watch.sources import Sources
from streambda.local.watch.watcher import Watcher

MOST_NAMES = 3

Show = Callable[[str], None]
Changed = Callable[[], Awaitable[list[str]]]


async def nothing_more() -> list[str]:
    await asyncio.Event().wait()
    return []


class Reloader:
    """Args: `show` prints a line, `complain` one about an error."""

    def __init__(
        self, app: App, cloud: LocalCloud, out: Path, *, show: Show, complain: Show
    ) -> None:
        self._app = app
        self._cloud = cloud
        self._out = out
        self._show = show
        self._complain = complain
        self._sources = Sources(app.folder, app.settings)
        self._numbers = count()
        self._copies: Copies | None = None

    async def learn(self) -> None:
        """What the code that runs is made of: before a source changes."""
        folders = {one.code for one in self._cloud.functions if one.code and one.code.is_dir()}
        self._copies = await asyncio.to_thread(Copies, self._sources, folders, self._copies)

    async def run(self, watcher: Watcher) -> None:
        await self.learn()
        while names := await watcher.changed():
            await self.reload(names, watcher.changed)

    async def reload(self, names: list[str], changed: Changed = nothing_more) -> None:
        """First what can be seen at once, then what the app itself makes of it."""
        await self._at_once(names)
        await self._synthesise(changed)
        await self.learn()

    async def _at_once(self, names: list[str]) -> None:
        lasting = [name for name in names if not self._passed(name)]
        self._show(f"{some(lasting or names)} changed: {self._app.command}")
        await self._exchange(lasting)

    def _passed(self, name: str) -> bool:
        """Came and went: most programs write a file anew, and give it the old one's name then."""
        known = self._copies is not None and bool(self._copies.of([name]))
        return not known and not self._sources.path(name).exists()

    async def _exchange(self, names: list[str]) -> None:
        """Sources that lie in the code of functions as they are, and nothing else has changed."""
        began = time.monotonic()
        folders = self._copies.of(names) if self._copies else {}
        if not folders or not all(self._sources.path(name).is_file() for name in names):
            return
        running = {one.code for one in self._cloud.functions}
        changes = await self._cloud.exchange(
            {
                folder: await self._edited(folder, places)
                for folder, places in folders.items()
                if folder in running
            }
        )
        self._tell(changes, f"{time.monotonic() - began:.1f} s, before the synthesis")

    async def _edited(self, folder: Path, places: list[tuple[str, str]]) -> Path:
        changes = [(self._sources.path(name), place) for name, place in places]
        into = self._out.with_name(f"edited-{next(self._numbers)}")
        assert self._copies is not None, "it has told of the places"
        self._copies.made(folder, into)
        return await asyncio.to_thread(with_changes, folder, changes, into)

    async def _synthesise(self, changed: Changed) -> None:
        began = time.monotonic()
        try:
            synth_s = await self._synthesised(changed)
            changes = await self._cloud.update(self._out)
        except LocalCloudError as error:
            self._complain(f"{error}; what ran before runs on")
            return
        took = f"{time.monotonic() - began:.1f} s, {synth_s:.1f} s of them for the synthesis"
        self._tell(changes, took)

    async def _synthesised(self, changed: Changed) -> float:
        """The seconds of a synthesis in which nothing has changed. Raises `SynthesisError`.

        One that is overtaken runs to its end, since half of an asset would be taken for all of it,
        and is then forgotten.
        """
        while True:
            synthesis = asyncio.create_task(self._app.synthesise(self._out))
            try:
                overtaken = await self._meanwhile(synthesis, changed)
            finally:
                synthesis.cancel()
                await asyncio.wait([synthesis])
            if not overtaken:
                return synthesis.result()
            synthesis.exception()  # nobody's any more

    async def _meanwhile(self, synthesis: asyncio.Task[float], changed: Changed) -> bool:
        """Shows at once what changes during a synthesis; whether anything did."""
        overtaken = False
        while not synthesis.done():
            news = asyncio.ensure_future(changed())
            try:
                await asyncio.wait({synthesis, news}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()
                await asyncio.wait([news])
            if not news.cancelled():
                overtaken = True
                await self._at_once(news.result())
        return overtaken

    def _tell(self, changes: CloudChanges, took: str) -> None:
        for line in told(changes):
            self._show(f"{line} ({took})")
        for name, why in changes.functions.broken.items():
            self._complain(f"{name} does not start: {why}; what ran before runs on")


def told(changes: CloudChanges) -> Iterator[str]:
    """One line for each kind of change."""
    if changes.functions.broken:
        return
    functions, endpoints = changes.functions, changes.endpoints
    lines = {
        "new code from the next request on": functions.changed,
        "new functions": functions.added,
        "functions that are gone": functions.removed,
        "new endpoints": tuple(
            f"{endpoint.name} at {endpoint.url}" for endpoint in endpoints.added
        ),
        "changed endpoints": tuple(
            f"{endpoint.name} at {endpoint.url}" for endpoint in endpoints.changed
        ),
        "endpoints that are gone": tuple(
            f"{endpoint.name} at {endpoint.url}" for endpoint in endpoints.removed
        ),
    }
    found = [f"{what}: {', '.join(names)}" for what, names in lines.items() if names]
    yield from found or ["nothing that runs here is another"]


def some(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
