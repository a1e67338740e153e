"""What Lambda itself writes into a function's log: START, END and REPORT. No I/O.

Text as in "Working with Lambda function logs"; with the log format JSON, the events of "Lambda
Telemetry API Event schema reference" in its place.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from streambda.local.model.constants import VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an invocation took."""

    request_id: str
    duration_s: float
    memory_mb: int
    used_mb: int
    init_s: float | None = None  # of a cold start only
    status: str = "success"  # or failure (told by the runtime), error, timeout
    error_type: str | None = None

    @property
    def billed_ms(self) -> int:
        # The init phase is billed with the invocation, for every function since August 2025.
        return math.ceil((self.duration_s + (self.init_s or 0)) * 1000)


class TextLog:
    def start(self, request_id: str) -> Iterator[str]:
        yield f"START RequestId: {request_id} Version: {VERSION}"

    def end(self, report: Report) -> Iterator[str]:
        yield f"END RequestId: {report.request_id}"
        fields = [
            f"REPORT RequestId: {report.request_id}",
            f"Duration: {report.duration_s * 1000:.2f} ms",
            f"Billed Duration: {report.billed_ms} ms",
            f"Memory Size: {report.memory_mb} MB",
            f"Max Memory Used: {report.used_mb} MB",
        ]
        if report.init_s is not None:
            fields.append(f"Init Duration: {report.init_s * 1000:.2f} ms")
        if report.status in {"error", "timeout"}:
            fields.append(f"Status: {report.status}")
        if report.error_type:
            fields.append(f"Error Type: {report.error_type}")
        yield "\t".join([*fields, ""])

    def init(self, duration_s: float, phase: str, status: str) -> Iterator[str]:
        took = f"{duration_s * 1000:.2f} ms"
        yield f"INIT_REPORT Init Duration: {took}\tPhase: {phase}\tStatus: {status}"


class JsonLog:
    def start(self, request_id: str) -> Iterator[str]:
        yield event("start", {"requestId": request_id, "version": VERSION})

    def end(self, report: Report) -> Iterator[str]:
        metrics = {
            "durationMs": round(report.duration_s * 1000, 3),
            "billedDurationMs": report.billed_ms,
            "memorySizeMB": report.memory_mb,
            "maxMemoryUsedMB": report.used_mb,
        }
        if report.init_s is not None:
            metrics["initDurationMs"] = round(report.init_s * 1000, 3)
        record = {"requestId": report.request_id, "metrics": metrics, "status": report.status}
        if report.error_type:
            record["errorType"] = report.error_type
        yield event("report", record)

    def init(self, duration_s: float, phase: str, status: str) -> Iterator[str]:
        record = {
            "initializationType": "on-demand",
            "phase": phase,
            "status": status,
            "metrics": {"durationMs": round(duration_s * 1000, 3)},
        }
        yield event("initReport", record)


PlatformLog = TextLog | JsonLog


def platform_log(log_format: str) -> PlatformLog:
    """`log_format` as in a function's LoggingConfig: Text or JSON."""
    return JsonLog() if log_format == "JSON" else TextLog()


def event(kind: str, record: dict[str, Any]) -> str:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": time, "type": f"platform.{kind}", "record": record})
