"""The root handler of `logging`, formatting as Lambda's own Python runtime does.

Imported once somebody has imported `logging` (see logs.py). Fields, their order and the formats of
time are those of awslambdaric 4.2.2.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback

from .. import logs
from ..json_codec import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
_DEEPEST = 16
# What every record has is not the `extra` of one; the last four are set by formatters and by us.
_COMMON = frozenset(vars(logging.makeLogRecord({}))) | {
    "message", "asctime", "aws_request_id", "tenant_id",
}  # fmt: skip


class LambdaHandler(logging.Handler):
    """Writes each record whole, with the request id that formatters know as `aws_request_id`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises into the code that logs: `logging` shows what went wrong instead."""
        record.aws_request_id = logs.current.aws_request_id
        record.tenant_id = logs.current.tenant_id
        json = isinstance(self.formatter, JsonFormatter)
        try:
            text = self.format(record).removesuffix("\n")
            logs.write(text, sys.stdout, record.levelno, json)
        except Exception:
            self.handleError(record)


class JsonFormatter(logging.Formatter):
    """One JSON document for each record; what JSON has no form for becomes a string."""

    def __init__(self) -> None:
        super().__init__(datefmt=logs.TIME_FORMAT)
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The document, on one line."""
        fields: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": _level_name(record.levelno),
            "message": _message(record),
            "logger": record.name,
            **_exception(record),
            "requestId": getattr(record, "aws_request_id", None),
            "tenantId": getattr(record, "tenant_id", None),
        }
        extra = ((key, value) for key, value in vars(record).items() if key not in _COMMON)
        fields |= {key: value for key, value in extra if key not in fields}
        return _json({key: value for key, value in fields.items() if value is not None})


def install(level: str) -> None:
    """Gives the root logger this handler if it has none, and the level that Lambda asks for."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = LambdaHandler()
    handler.setFormatter(JsonFormatter() if logs.json_format else _text_formatter())
    root.addHandler(handler)
    number = logging.getLevelNamesMapping().get({"TRACE": "DEBUG"}.get(level, level))
    if number is not None:
        root.setLevel(number)


def _text_formatter() -> logging.Formatter:
    formatter = logging.Formatter(_TEXT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter


def _level_name(number: int) -> str:
    # Levels between the five are not known to Lambda, which filters by this field.
    return logging.getLevelName(min(max(number, 0), 50) // 10 * 10)


def _message(record: logging.LogRecord) -> object:
    whole = isinstance(record.msg, dict) and not record.args
    return record.msg if whole else record.getMessage()


def _exception(record: logging.LogRecord) -> dict[str, Any]:
    # `logger.exception` outside of an except block has a tuple of three None.
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, error, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": kind.__name__,
        "errorMessage": _text(error),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
    }


def _json(document: dict[str, Any]) -> str:
    try:
        return dumps(document).decode("ascii")
    except Exception:  # whatever a user's object may raise on its way to JSON
        return dumps(_plain(document)).decode("ascii")


def _plain(value: object, depth: int = 0) -> object:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict) and depth < _DEEPEST:
        return {_text(key): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)) and depth < _DEEPEST:
        return [_plain(inner, depth + 1) for inner in value]
    return _text(value)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception as broken:
        return f"<{type(value).__name__}: {type(broken).__name__} in __str__>"
