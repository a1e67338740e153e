"""What sees the invocations of a cloud: the console's recorder, a file of records, both or none.

A cloud without them does not pay for their imports.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Self

from starlette.types import ASGIApp

from streambda.local.http.late_app import LateApp
from streambda.local.invocation.observer_group import ObserverGroup
from streambda.local.invocation.service import Log, NewObserver
from streambda.local.invocation.stream import InvocationRequest, StreamObserver
from streambda.local.model.endpoints import Endpoint
from streambda.local.model.functions import LocalFunction
from streambda.local.records.options import RecordOptions

if TYPE_CHECKING:
    from streambda.local.console.recorder import Recorder


class Observers(AbstractContextManager["Observers"]):
    """Args:
    prelude_limit: How many bytes a prelude may have; None for any number.
    console: Whether there is a page.
    records: The file to write, and the one that the page shows from the start.
    log: Takes a line about a file that cannot be written.
    """

    def __init__(
        self, prelude_limit: int | None, *, console: bool, records: RecordOptions, log: Log
    ) -> None:
        self.recorder = _make_recorder(prelude_limit) if console else None
        self._shown = records.show
        self._log = log
        self._stack = ExitStack()
        self._makers: list[NewObserver] = []
        if self.recorder:
            self._makers.append(self.recorder.start_recording)
        self._file = self._writer = None
        if records.write:
            from streambda.local.records.record_file import RecordFile
            from streambda.local.records.record_writer import RecordWriter

            self._file = RecordFile(records.write, self._tell)
            self._writer = RecordWriter(self._file, prelude_limit, masked=records.masked)
            self._makers.append(self._writer.start_recording)

    def make_console(
        self,
        functions: Iterable[LocalFunction],
        endpoints: Sequence[Endpoint],
        tasks: asyncio.TaskGroup,
    ) -> ASGIApp:
        """The page that shows what the recorder has: see `ConsoleApi`."""
        recorder = self.recorder
        assert recorder is not None, "made with the console"

        def make_app() -> ASGIApp:
            from streambda.local.console.api import ConsoleApi

            return ConsoleApi(recorder, functions, endpoints, tasks).build_app()

        return LateApp(make_app)

    def __enter__(self) -> Self:
        """Raises `LocalCloudError` for a file that cannot be written, or read."""
        if self._file:
            self._stack.enter_context(self._file)
        if self._shown and self.recorder:
            from streambda.local.records.record_file import read_records

            count = 0
            for record in read_records(self._shown, self._tell):
                self.recorder.add(record)
                count += 1
            most = self.recorder.max_invocations
            if count > most:
                self._tell(f"the console shows the last {most} of {count:,} in {self._shown}")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    async def finish(self) -> None:
        """Returns when all invocations that have ended are recorded."""
        if self._writer:
            await self._writer.finish()

    @property
    def new_observer(self) -> NewObserver | None:
        """Makes the observer of an invocation; None if nothing is to be seen."""
        if len(self._makers) > 1:
            return self._make_group
        return self._makers[0] if self._makers else None

    def _tell(self, line: str) -> None:
        self._log("record", line)

    def _make_group(
        self, function: LocalFunction, endpoint: str, request: InvocationRequest
    ) -> StreamObserver:
        return ObserverGroup([make(function, endpoint, request) for make in self._makers])


def _make_recorder(prelude_limit: int | None) -> "Recorder":
    from streambda.local.console.recorder import Recorder

    return Recorder(prelude_limit)
