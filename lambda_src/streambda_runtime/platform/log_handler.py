"""The root handler of `logging`, formatting as Lambda's own Python runtime does.

Imported once somebody has imported `logging` (see logs.py). Fields, their order and the formats of
time are those of awslambdaric 4.2.2.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback

from ..json_codec import dumps_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
_DEEPEST = 16
# What every record has is not the `extra` of one; the last four are set by formatters and by us.
_COMMON = frozenset(vars(logging.makeLogRecord({}))) | {
    "message", "asctime", "aws_request_id", "tenant_id",
}  # fmt: skip


class Log:
    """What this handler has to know of the log, whose file imports this one and not the reverse.

    `write(text, stream, level, json)` writes a record; `current()` is the context of the
    invocation that it belongs to.
    """

    __slots__ = ("current", "json_format", "time_format", "write")

    def __init__(
        self,
        write: Callable[..., None],
        current: Callable[[], Any],
        json_format: bool,
        time_format: str,
    ) -> None:
        self.write = write
        self.current = current
        self.json_format = json_format
        self.time_format = time_format


class LambdaHandler(logging.Handler):
    """Writes each record whole, with the request id that formatters know as `aws_request_id`."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises into the code that logs: `logging` shows what went wrong instead."""
        current = self._log.current()
        record.aws_request_id = current.aws_request_id
        record.tenant_id = current.tenant_id
        json = isinstance(self.formatter, JsonFormatter)
        try:
            text = self.format(record).removesuffix("\n")
            self._log.write(text, sys.stdout, record.levelno, json)
        except Exception:
            self.handleError(record)


class JsonFormatter(logging.Formatter):
    """One JSON document for each record; what JSON has no form for becomes a string."""

    def __init__(self, time_format: str) -> None:
        super().__init__(datefmt=time_format)
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The document, on one line."""
        fields: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": _find_level_name(record.levelno),
            "message": _read_message(record),
            "logger": record.name,
            **_describe_exception(record),
            "requestId": getattr(record, "aws_request_id", None),
            "tenantId": getattr(record, "tenant_id", None),
        }
        extra = ((key, value) for key, value in vars(record).items() if key not in _COMMON)
        fields |= {key: value for key, value in extra if key not in fields}
        return _encode({key: value for key, value in fields.items() if value is not None})


def install(log: Log, level: str) -> None:
    """Gives the root logger this handler if it has none, and the level that Lambda asks for."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = LambdaHandler(log)
    formatter = JsonFormatter(log.time_format) if log.json_format else _make_text_formatter()
    handler.setFormatter(formatter)
    root.addHandler(handler)
    number = logging.getLevelNamesMapping().get({"TRACE": "DEBUG"}.get(level, level))
    if number is not None:
        root.setLevel(number)


def _make_text_formatter() -> logging.Formatter:
    formatter = logging.Formatter(_TEXT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter


def _find_level_name(number: int) -> str:
    # Levels between the five are not known to Lambda, which filters by this field.
    return logging.getLevelName(min(max(number, 0), 50) // 10 * 10)


def _read_message(record: logging.LogRecord) -> object:
    whole = isinstance(record.msg, dict) and not record.args
    return record.msg if whole else record.getMessage()


def _describe_exception(record: logging.LogRecord) -> dict[str, Any]:
    # `logger.exception` outside of an except block has a tuple of three None.
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, error, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": kind.__name__,
        "errorMessage": _show(error),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
    }


def _encode(document: dict[str, Any]) -> str:
    try:
        return dumps_ascii(document).decode("ascii")
    except Exception:  # whatever a user's object may raise on its way to JSON
        return dumps_ascii(_make_plain(document)).decode("ascii")


def _make_plain(value: object, depth: int = 0) -> object:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict) and depth < _DEEPEST:
        return {_show(key): _make_plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)) and depth < _DEEPEST:
        return [_make_plain(inner, depth + 1) for inner in value]
    return _show(value)


def _show(value: object) -> str:
    try:
        return str(value)
    except Exception as broken:
        return f"<{type(value).__name__}: {type(broken).__name__} in __str__>"
