"""The log: printed lines as they are, records of `logging` and errors as Lambda formats them."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from .log_formats import TIME_FORMAT, JsonFormatter, text_formatter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .runtime_api import Invocation

# Lambda indents a stack with it, since leading spaces would be cut off.
NO_BREAK_SPACE = "\u00a0"


class LambdaHandler(logging.Handler):
    """Writes each record with the id of the invocation that is in progress.

    A record that cannot be formatted raises where it is logged, as it does on Lambda.
    """

    request_id = ""
    tenant_id: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = self.request_id
        record.tenant_id = self.tenant_id
        sys.stdout.write(f"{self.format(record)}\n")


_handler = LambdaHandler()


def configure(environ: Mapping[str, str]) -> None:
    """Gives the root logger its handler before the function's code can: `basicConfig` in that code
    then does nothing."""
    json_format = environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    _handler.setFormatter(JsonFormatter() if json_format else text_formatter())
    root = logging.getLogger()
    level = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    number = logging.getLevelName({"TRACE": "DEBUG"}.get(level, level))
    if isinstance(number, int):
        root.setLevel(number)
    root.addHandler(_handler)


def set_invocation(invocation: Invocation) -> None:
    """From now on records belong to this invocation."""
    _handler.request_id = invocation.request_id
    _handler.tenant_id = invocation.tenant_id


def log_error(report: Mapping[str, Any]) -> None:
    """A failure of the function: one JSON document, or a line and a stack."""
    if isinstance(_handler.formatter, JsonFormatter):
        head = {"timestamp": time.strftime(TIME_FORMAT, time.gmtime()), "level": "ERROR"}
        text = json.dumps({**head, **report})
    else:
        text = "\n".join(_error_lines(report))
    sys.stdout.write(f"{text}\n")


def _error_lines(report: Mapping[str, Any]) -> list[str]:
    kind, message = report["errorType"], report["errorMessage"]
    stack = [line for entry in report["stackTrace"] for line in entry.splitlines()]
    return [
        f"[ERROR] {kind}: {message}" if message else f"[ERROR] {kind}",
        "Traceback (most recent call last):",
        *map(_indent, stack),
    ]


def _indent(line: str) -> str:
    text = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(text)) + text
