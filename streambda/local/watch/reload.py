"""Reloads an app after an edit: edit -> synthesis -> update of the local cloud.

If the app is broken, or the new code of a function does not start, all goes on as before.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from itertools import count
from pathlib import Path
from typing import Protocol

from streambda.local.model.assembly import UnsupportedResource, list_wrong
from streambda.local.model.changes import CloudChanges
from streambda.local.model.errors import LocalCloudError, SynthesisError
from streambda.local.model.findings import Finding
from streambda.local.model.functions import LocalFunction
from streambda.local.synthesis.settings import Settings
from streambda.local.watch.source_copies import SourceCopies, copy_with_edits
from streambda.local.watch.sources import Sources
from streambda.local.watch.watcher import Watcher

MOST_NAMES = 3

Print = Callable[[str], None]
NextEdits = Callable[[], Awaitable[list[str]]]


class ReloadableApp(Protocol):
    """A CDK app, or what stands in its place."""

    @property
    def command(self) -> str: ...
    @property
    def folder(self) -> Path: ...
    @property
    def settings(self) -> Settings: ...
    async def synthesise(self, out: Path) -> float: ...
    def list_findings(self, out: Path) -> tuple[Finding, ...]: ...


class ReloadableCloud(Protocol):
    """A `LocalCloud`, as far as a reload knows it."""

    @property
    def functions(self) -> tuple[LocalFunction, ...]: ...
    @property
    def unsupported(self) -> Sequence[UnsupportedResource]: ...
    async def update(self, assembly: Path) -> CloudChanges: ...
    async def replace_code(self, folders: Mapping[Path, Path]) -> CloudChanges: ...


async def no_more_edits() -> list[str]:
    await asyncio.Event().wait()
    return []


def no_progress(what: str) -> AbstractAsyncContextManager[None]:
    return nullcontext()


class Reloader:
    """Args:
    print_note: Prints a line; `print_error` one about an error, `print_finding` a finding.
    show_progress: Shows that something takes its time, for as long as it is entered.
    told: Findings that need not be told again, as long as they stay.
    synthesises: Whether a reload takes so long that edited files are tried before it.
    """

    def __init__(
        self,
        app: ReloadableApp,
        cloud: ReloadableCloud,
        out: Path,
        *,
        print_note: Print,
        print_error: Print,
        print_finding: Callable[[Finding], None] | None = None,
        show_progress: Callable[[str], AbstractAsyncContextManager[None]] = no_progress,
        told: Iterable[Finding] = (),
        synthesises: bool = True,
    ) -> None:
        self._app = app
        self._cloud = cloud
        self._out = out
        self._print_note = print_note
        self._print_error = print_error
        self._print_finding = print_finding or (lambda finding: print_note(finding.describe()))
        self._show_progress = show_progress
        self._told = frozenset(told)
        self._synthesises = synthesises
        self._sources = Sources(app.folder, app.settings)
        self._numbers = count()
        self._copies: SourceCopies | None = None
        self._edited: frozenset[str] = frozenset()  # functions that run what was edited last

    async def find_copies(self) -> None:
        """Compares the code that runs with the sources; to be done before a source changes."""
        if not self._synthesises:
            return
        folders = {one.code for one in self._cloud.functions if one.code and one.code.is_dir()}
        self._copies = await asyncio.to_thread(SourceCopies, self._sources, folders, self._copies)

    async def run(self, watcher: Watcher) -> None:
        await self.find_copies()
        while names := await watcher.next_edits():
            await self.reload(names, watcher.next_edits)

    async def reload(self, names: list[str], next_edits: NextEdits = no_more_edits) -> None:
        """First what can be applied at once, then what the app itself makes of it."""
        self._edited = frozenset()
        await self._apply_edits(names)
        await self._synthesise_and_update(next_edits)
        await self.find_copies()

    async def _apply_edits(self, names: list[str]) -> None:
        lasting = [name for name in names if not self._is_temporary(name)]
        self._print_note(f"{list_names(lasting or names)} changed: {self._app.command}")
        await self._replace_code(lasting)

    def _is_temporary(self, name: str) -> bool:
        """Many programs write a new file and then give it the old one's name: it is gone by now."""
        known = self._copies is not None and bool(self._copies.find([name]))
        return not known and not self._sources.path(name).exists()

    async def _replace_code(self, names: list[str]) -> None:
        """If all of `names` are copied into functions' code unchanged, and still exist."""
        began = time.monotonic()
        folders = self._copies.find(names) if self._copies else {}
        if not folders or not all(self._sources.path(name).is_file() for name in names):
            return
        running = {one.code for one in self._cloud.functions}
        changes = await self._cloud.replace_code(
            {
                folder: await self._copy_with_edits(folder, places)
                for folder, places in folders.items()
                if folder in running
            }
        )
        self._edited |= set(() if changes.functions.broken else changes.functions.changed)
        self._print_changes(changes, f"{time.monotonic() - began:.1f} s, before the synthesis")

    async def _copy_with_edits(self, folder: Path, places: list[tuple[str, str]]) -> Path:
        edits = [(self._sources.path(name), place) for name, place in places]
        edited = self._out.with_name(f"edited-{next(self._numbers)}")
        assert self._copies is not None, "the places come from it"
        self._copies.add_edited(folder, edited)
        return await asyncio.to_thread(copy_with_edits, folder, edits, edited)

    async def _synthesise_and_update(self, next_edits: NextEdits) -> None:
        began = time.monotonic()
        try:
            async with self._show_progress("synthesising"):
                synthesis_s = await self._synthesise(next_edits)
            findings = await asyncio.to_thread(self._app.list_findings, self._out)
            self._print_findings(findings)
            changes = await self._cloud.update(self._out)
            self._print_findings((*findings, *list_wrong(self._cloud.unsupported)))
        except LocalCloudError as error:
            if isinstance(error, SynthesisError):
                self._print_findings(error.findings)
            names = [one.name for one in self._cloud.functions]
            self._print_error(f"{error}; {describe_running(names, edited=self._edited)}")
            return
        took_s = time.monotonic() - began
        part = f", of which {synthesis_s:.1f} s for the synthesis" if self._synthesises else ""
        self._print_changes(changes, f"{took_s:.1f} s{part}")

    def _print_findings(self, findings: Iterable[Finding]) -> None:
        """Those that are new."""
        found = list(findings)
        for finding in found:
            if finding not in self._told:
                self._print_finding(finding)
        self._told = frozenset(found)

    async def _synthesise(self, next_edits: NextEdits) -> float:
        """The seconds of a synthesis during which nothing was edited. Raises `SynthesisError`.

        One that is overtaken by an edit runs to its end, since half of an asset would be taken for
        all of it, and is then forgotten.
        """
        while True:
            synthesis = asyncio.create_task(self._app.synthesise(self._out))
            try:
                overtaken = await self._apply_edits_during(synthesis, next_edits)
            finally:
                synthesis.cancel()
                await asyncio.wait([synthesis])
            if not overtaken:
                return synthesis.result()
            synthesis.exception()  # seen, so that asyncio does not report it

    async def _apply_edits_during(
        self, synthesis: asyncio.Task[float], next_edits: NextEdits
    ) -> bool:
        """Applies at once what is edited during a synthesis; whether anything was."""
        overtaken = False
        while not synthesis.done():
            edits = asyncio.ensure_future(next_edits())
            try:
                await asyncio.wait({synthesis, edits}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                edits.cancel()
                await asyncio.wait([edits])
            if not edits.cancelled():
                overtaken = True
                await self._apply_edits(edits.result())
        return overtaken

    def _print_changes(self, changes: CloudChanges, duration: str) -> None:
        for line in describe_changes(changes):
            self._print_note(f"{line} ({duration})")
        functions = changes.functions
        if functions.broken and functions.known:
            self._print_note(
                f"the synthesis has made the same code, which does not start ({duration})"
            )
        elif functions.broken:
            names = [one.name for one in self._cloud.functions]
            running = describe_running(names, functions.without_code, self._edited)
            self._print_error(f"{describe_broken(list(functions.broken))}; {running}")


def describe_changes(changes: CloudChanges) -> Iterator[str]:
    """One line for each kind of change."""
    functions, endpoints = changes.functions, changes.endpoints
    if functions.broken:
        return
    names_by_change = {
        "new code from the next request on": functions.changed,
        "new functions": functions.added,
        "removed functions": functions.removed,
        "new endpoints": [f"{one.name} at {one.url}" for one in endpoints.added],
        "changed endpoints": [f"{one.name} at {one.url}" for one in endpoints.changed],
        "removed endpoints": [f"{one.name} at {one.url}" for one in endpoints.removed],
    }
    lines = [f"{change}: {', '.join(names)}" for change, names in names_by_change.items() if names]
    yield from lines or ["nothing that runs has changed"]


def describe_broken(names: list[str]) -> str:
    """Their errors are in the log already, with the traceback: once is enough."""
    verb = "does not start: its error is" if len(names) == 1 else "do not start: their errors are"
    return f"the new code of {', '.join(names)} {verb} above"


def describe_running(
    names: Iterable[str], without_code: Iterable[str] = (), edited: Collection[str] = ()
) -> str:
    """Which functions run which code after a change that has not come."""
    none = list(without_code)
    old = [name for name in names if name not in {*none, *edited}]
    parts = {
        "the version before keeps running": old,
        "the edited code keeps running": [name for name in sorted(edited) if name not in none],
        "nothing that starts": none,
    }
    return "; ".join(f"{what}: {', '.join(those)}" for what, those in parts.items() if those)


def list_names(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
