"""Lambda's telemetry descriptor: every record framed with its type, level, length and time.

Lambda opens it for a runtime that can frame, and names it in `_LAMBDA_TELEMETRY_LOG_FD`; without
frames it would take every line end for the end of a record. Format and level masks are those of
awslambdaric 4.2.2 (`FramedTelemetryLogSink`), which is Lambda's own Python runtime.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

_JSON = 0xA55A0002
_TEXT = 0xA55A0003
_LONGEST_PART = 8192  # of a line that does not end; a text stream's own buffer holds as much


class Sink:
    """The descriptor; each record leaves in one system call, for the process may be killed next."""

    __slots__ = ("fd", "lock")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.lock = RLock()
        # A child that is forked while another thread writes would wait for it forever.
        os.register_at_fork(after_in_child=self._renew_lock)

    def record(self, text: str, level: int = 0, json: bool = False) -> None:
        """Writes one record; `level` is a number of `logging`, 0 for none."""
        data = f"{text}\n".encode("utf-8", "backslashreplace")
        header = _type(level, json) << 32 | len(data)
        frame = header.to_bytes(8, "big") + (time.time_ns() // 1000).to_bytes(8, "big") + data
        with self.lock:
            written = os.write(self.fd, frame)
            while written < len(frame):  # a signal came, or the peer's buffer was full
                written += os.write(self.fd, frame[written:])

    def _renew_lock(self) -> None:
        self.lock = RLock()


class FramedStream:
    """Stands for sys.stdout or sys.stderr: a line is a record, written as soon as it is whole.

    What is left without a line end becomes a record when the stream is flushed, as at exit. All
    else (`buffer`, `fileno`, `encoding`, …) is the standard stream's.
    """

    __slots__ = ("_part", "_sink", "_stream")

    def __init__(self, stream: TextIO, sink: Sink) -> None:
        self._stream = stream
        self._sink = sink
        self._part = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Takes a piece of text, as TextIO does."""
        with self._sink.lock:
            *lines, self._part = (self._part + text).split("\n")
            for line in lines:
                self._sink.record(line)
            if len(self._part) > _LONGEST_PART:
                self.flush()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes each piece; no line ends are added."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Makes a record of what has no line end yet."""
        with self._sink.lock:
            part, self._part = self._part, ""
            if part:
                self._sink.record(part)


def open_sink(number: str) -> Sink | None:
    """The sink behind a descriptor's number, kept from child processes; None if it is not open."""
    try:
        fd = int(number)
        os.set_inheritable(fd, False)
    except (ValueError, OverflowError, OSError):
        return None
    return Sink(fd)


def frame_standard_streams(sink: Sink) -> None:
    """From here on print, tracebacks and whatever else writes to the two streams is framed."""
    sys.stdout = FramedStream(sys.stdout, sink)
    sys.stderr = FramedStream(sys.stderr, sink)


def _type(level: int, json: bool) -> int:
    # Bits 2 to 4: 2 for DEBUG (10) up to 6 for CRITICAL (50), 0 where there is no level.
    step = min(max(level, 0), 50) // 10
    return (_JSON if json else _TEXT) | ((step + 1) << 2 if step else 0)
