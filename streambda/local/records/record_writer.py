"""Writes the records of a cloud's invocations to a file, while its functions stream on.

A record may have 32 MiB, and its event 6 MB that are searched for secrets. Others must not wait for
that: a long event is searched by another process, a line is encoded in slices of time, and a thread
writes it.
"""

import asyncio
import logging
import threading
import time
from collections import deque

from streambda.local.invocation.stream import InvocationRequest
from streambda.local.model.functions import LocalFunction
from streambda.local.model.one_line import describe_error
from streambda.local.records.mask_process import mask_in_process
from streambda.local.records.masks import mask_document
from streambda.local.records.record_file import RecordFile
from streambda.local.records.recording_observer import RecordingObserver

# How long a line is encoded until others have their turn, and how long that is.
SLICE_S = 0.002

# What is masked, or written, in a moment.
SHORT_EVENT_BYTES = 16 * 1024
SHORT_LINE_BYTES = 256 * 1024

logger = logging.getLogger("streambda.local")


class RecordWriter:
    """Writes one record after the other, in the order in which the invocations have ended.

    Args:
        prelude_limit: How many bytes a prelude may have; None for any number.
        masked: Whether secrets are replaced.
    """

    def __init__(self, file: RecordFile, prelude_limit: int | None, *, masked: bool = True) -> None:
        self._file = file
        self._prelude_limit = prelude_limit
        self._masked = masked
        self._ended: deque[RecordingObserver] = deque()
        self._writing = threading.Lock()  # who has it writes the first one, and takes it away
        self._task: asyncio.Task[None] | None = None

    def start_recording(
        self, function: LocalFunction, endpoint: str, request: InvocationRequest
    ) -> RecordingObserver:
        """The observer for a new invocation. `endpoint` is the kind of endpoint."""
        return RecordingObserver(
            request,
            function.name,
            endpoint,
            self._put,
            prelude_limit=self._prelude_limit,
            masked=self._masked,
        )

    async def finish(self) -> None:
        """Returns when all that has ended is written; at once if it is cancelled."""
        if self._task:
            await self._task

    def _put(self, ended: RecordingObserver) -> None:
        self._ended.append(ended)
        if self._task is None:
            self._task = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._ended:
                await self._write(self._ended[0])
        finally:
            self._task = None
            # Nothing is left, unless this is cancelled: nobody waits for a turn any more.
            for ended in tuple(self._ended):
                self._append(ended, self._encode(ended))

    async def _write(self, ended: RecordingObserver) -> None:
        event = ended.request.event
        line = [bytearray()]
        try:
            if ended.masked:
                event = await _mask_event(event)
            until = time.perf_counter() + SLICE_S
            for piece in ended.encode_record(event):
                if len(line[-1]) > SHORT_LINE_BYTES:
                    line.append(bytearray())
                line[-1] += piece
                if time.perf_counter() >= until:
                    await asyncio.sleep(SLICE_S)
                    until = time.perf_counter() + SLICE_S
        except Exception as error:
            self._skip(error)
        else:
            if len(line) > 1:
                await asyncio.to_thread(self._append, ended, line)
            else:
                self._append(ended, line)

    def _encode(self, ended: RecordingObserver) -> list[bytearray]:
        """The line at once."""
        event = ended.request.event
        pieces = ended.encode_record(mask_document(event) if ended.masked else event)
        return [bytearray(b"".join(pieces))]

    def _skip(self, error: Exception) -> None:
        logger.error("an invocation is not recorded: %s", describe_error(error))
        with self._writing:
            self._ended.popleft()

    def _append(self, ended: RecordingObserver, line: list[bytearray]) -> None:
        with self._writing:
            if self._ended and self._ended[0] is ended:
                self._file.append(line)
                self._ended.popleft()


async def _mask_event(event: bytes) -> bytes:
    if len(event) <= SHORT_EVENT_BYTES:
        return mask_document(event)
    try:
        return await mask_in_process(event)
    except OSError:  # there may be no room for another process
        return await asyncio.to_thread(mask_document, event)
