"""The log: where its lines go, which invocation they belong to, and the runtime's own lines.

Lines go to the standard streams, or framed to Lambda's telemetry descriptor (telemetry.py). What is
printed stays plain text in either log format, as in Lambda's own Python runtime. Records of
`logging` are formatted by log_handler.py from the moment on that anyone imports `logging`: to
import it here would triple the time of a cold start (ADR 3).
"""

from __future__ import annotations

import os
import sys
import time

from .json_codec import dumps_ascii
from .when_imported import call_when_imported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping
    from typing import Any, TextIO

    from .errors import ErrorReport
    from .invocation import Context
    from .platform.telemetry import Sink

ERROR = 40  # as in `logging`
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class _NoInvocation:
    """Stands for the context while the execution environment starts."""

    __slots__ = ()
    aws_request_id = ""
    tenant_id = None


current: Context | _NoInvocation = _NoInvocation()
json_format = False
_sink: Sink | None = None
_level = ""


def begin_invocation(context: Context) -> None:
    """Lines belong to this invocation from now on."""
    global current
    current = context


def _get_current() -> Context | _NoInvocation:
    return current


# Whose lines these are: where several invocations share the process, each task has its own.
find_current: Callable[[], Context | _NoInvocation] = _get_current


def set_up(environ: MutableMapping[str, str]) -> None:
    """Starts the log as Lambda asks for it; called before the handler's module is imported."""
    global current, json_format, _level, _sink
    current, _sink = _NoInvocation(), None
    json_format = environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    _level = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    _flush_each_write()
    number = environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)  # not for child processes
    if number is not None:
        _open_telemetry(number)
    call_when_imported("logging", attach_logging)


def find_invocations(find: Callable[[], Context | None]) -> None:
    """From now on `find` tells which invocation a line belongs to; None for none."""
    global find_current
    outside = _NoInvocation()
    find_current = lambda: find() or outside  # noqa: E731


def leave_telemetry() -> None:
    """Back to lines on the standard streams: for a process that gets streams of its own."""
    global _sink
    if _sink is not None:
        _sink = None
        sys.stdout, sys.stderr = (getattr(s, "_stream", s) for s in (sys.stdout, sys.stderr))


def attach_logging() -> None:
    """Gives the root logger Lambda's handler, unless it has one already.

    It is there before the line after `import logging`, which may be `basicConfig` and then does
    nothing, as in Lambda's own runtime. `basicConfig(force=True)` replaces it.
    """
    from .platform.log_handler import Log, install

    install(Log(write, lambda: find_current(), json_format, TIME_FORMAT), _level)


def log(text: str) -> None:
    """A line of the runtime itself."""
    if json_format:
        _write_own(_format_record({"message": text, "logger": "streambda"}))
    else:
        _write_own(f"[streambda] {text}")


def log_error(report: ErrorReport) -> None:
    """The report of a handler's failure: one record, whatever the number of its lines."""
    flush_streams()
    try:
        text = format_error(report) if json_format else report.log_text()
    except Exception as broken:  # it has been reported already
        text = f"[streambda] an error that cannot be shown: {type(broken).__name__}"
    _write_own(text)


def format_error(report: ErrorReport) -> str:
    """The JSON record of a failure, with the fields of Lambda's own runtime."""
    fields = {"errorMessage": report.message, "errorType": report.name, "stackTrace": report.stack}
    return _format_record(fields)


def flush_streams() -> None:
    """Sends what was printed without a line end, so that it belongs to this invocation."""
    try:  # noqa: SIM105  # contextlib is an import more
        sys.stdout.flush()
    except Exception:  # closed, or replaced by something else: the user's own choice
        pass
    try:  # noqa: SIM105
        sys.stderr.flush()
    except Exception:
        pass


def write(text: str, stream: TextIO, level: int = 0, json: bool = False) -> None:
    """Writes one record at once; `stream` is where it goes when there is no telemetry."""
    if _sink is not None:
        _sink.record(text, level, json)
    else:
        stream.write(f"{text}\n")
        stream.flush()


def _write_own(text: str) -> None:
    try:
        write(text, sys.stderr, ERROR, json_format)
    except Exception:  # sys.stderr is the user's to close or to replace; the line is ours
        try:  # noqa: SIM105
            os.write(2, f"{text}\n".encode("utf-8", "backslashreplace"))
        except OSError:
            pass


def _format_record(fields: dict[str, Any]) -> str:
    at = time.strftime(TIME_FORMAT, time.gmtime())
    head = {"timestamp": at, "level": "ERROR", "requestId": find_current().aws_request_id}
    return dumps_ascii(head | fields).decode("ascii")


class FlushedStream:
    """Stands for sys.stdout or sys.stderr: what is written has left, with a line end or without.

    A pipe would hold it back until 8 KiB have gathered, and lose it when the process is killed.
    Lambda's own Python runtime does the same.
    """

    __slots__ = ("_stream", "flush")

    def __init__(self, stream: TextIO) -> None:
        # A line leaves as a whole; a lone surrogate must not fail a print.
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[attr-defined]
        self._stream = stream
        self.flush = stream.flush  # asked for after each invocation

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Writes a piece of text, as TextIO does."""
        count = self._stream.write(text)
        if not text.endswith("\n"):
            self._stream.flush()
        return count

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes each piece; no line ends are added."""
        for line in lines:
            self.write(line)


def _flush_each_write() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure") and not isinstance(stream, FlushedStream):
            setattr(sys, name, FlushedStream(stream))


def _open_telemetry(number: str) -> None:
    global _sink
    from .platform import telemetry

    _sink = telemetry.open_sink(number)
    if _sink is None:
        log(f"_LAMBDA_TELEMETRY_LOG_FD is {number!r}, which is not open: logging to stdout")
    else:
        telemetry.frame_standard_streams(_sink)
