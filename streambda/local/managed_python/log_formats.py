"""The two formats of a record of `logging`: a text with tabs, or a JSON document on one line."""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import Any

TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

# What every record has is not the `extra` of one; the last four are set by formatters and by us.
COMMON = frozenset(vars(logging.makeLogRecord({}))) | {
    "message", "asctime", "aws_request_id", "tenant_id",
}  # fmt: skip


def text_formatter() -> logging.Formatter:
    formatter = logging.Formatter(TEXT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter


class JsonFormatter(logging.Formatter):
    """A value that is not JSON becomes a string."""

    def __init__(self) -> None:
        super().__init__(datefmt=TIME_FORMAT)
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        whole = isinstance(record.msg, dict) and not record.args
        fields: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            # Levels between the five are not known to Lambda, which filters by this field.
            "level": logging.getLevelName(min(max(record.levelno, 0), 50) // 10 * 10),
            "message": record.msg if whole else record.getMessage(),
            "logger": record.name,
            **_describe_exception(record),
            "requestId": getattr(record, "aws_request_id", None),
            "tenantId": getattr(record, "tenant_id", None),
        }
        for key, value in vars(record).items():
            if key not in COMMON:
                fields.setdefault(key, value)
        given = {key: value for key, value in fields.items() if value is not None}
        return json.dumps(given, ensure_ascii=False, default=str)


def _describe_exception(record: logging.LogRecord) -> dict[str, Any]:
    # `logger.exception` outside of an except block has a tuple of three None.
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, error, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": kind.__name__,
        "errorMessage": str(error),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
    }
