"""The lines that Lambda itself writes into a function's log: START, END and REPORT. No I/O.

Text as in "Working with Lambda function logs"; with the log format JSON, the events of "Lambda
Telemetry API Event schema reference" in its place.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from streambda.local.model.constants import VERSION
from streambda.local.model.platform_reports import (
    ExtensionReport,
    InitReport,
    InvocationReport,
    InvocationStart,
    PlatformReport,
    ReportStatus,
)

# What REPORT names; of a success or of an error that the runtime reported it says nothing.
STATUSES_IN_TEXT = frozenset({ReportStatus.ERROR, ReportStatus.TIMEOUT})

PlatformLog = Callable[[PlatformReport], Iterator[str]]


def choose_platform_log(log_format: str) -> PlatformLog:
    """`log_format` as in a function's LoggingConfig: Text or JSON."""
    return write_json_lines if log_format == "JSON" else write_text_lines


def write_text_lines(report: PlatformReport) -> Iterator[str]:
    match report:
        case InvocationStart():
            yield f"START RequestId: {report.request_id} Version: {VERSION}"
        case InvocationReport():
            yield f"END RequestId: {report.request_id}"
            yield _report_line(report)
        case InitReport():
            duration = f"{report.duration_s * 1000:.2f} ms"
            error_type = f"\tError Type: {report.error_type}" if report.error_type else ""
            yield (
                f"INIT_REPORT Init Duration: {duration}\t"
                f"Phase: {report.phase}\tStatus: {report.status}{error_type}"
            )
        case ExtensionReport():
            events = ", ".join(report.events)
            yield f"EXTENSION\tName: {report.name}\tState: {report.state}\tEvents: [{events}]"


def _report_line(report: InvocationReport) -> str:
    fields = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {report.duration_s * 1000:.2f} ms",
        f"Billed Duration: {report.billed_ms} ms",
        f"Memory Size: {report.memory_mb} MB",
        f"Max Memory Used: {report.max_memory_used_mb} MB",
    ]
    if report.init_s is not None:
        fields.append(f"Init Duration: {report.init_s * 1000:.2f} ms")
    if report.status in STATUSES_IN_TEXT:
        fields.append(f"Status: {report.status}")
    if report.error_type:
        fields.append(f"Error Type: {report.error_type}")
    return "\t".join([*fields, ""])


def write_json_lines(report: PlatformReport) -> Iterator[str]:
    return map(json.dumps, make_events(report))


def make_events(report: PlatformReport) -> Iterator[dict[str, Any]]:
    """As the Telemetry API has them too."""
    match report:
        case InvocationStart():
            yield _event("start", {"requestId": report.request_id, "version": VERSION})
        case InvocationReport():
            yield _event("report", _report_record(report))
        case InitReport():
            record = {
                "initializationType": "on-demand",
                "phase": report.phase,
                "status": report.status,
                "metrics": {"durationMs": round(report.duration_s * 1000, 3)},
                **({"errorType": report.error_type} if report.error_type else {}),
            }
            yield _event("initReport", record)
        case ExtensionReport():
            record = {"name": report.name, "state": report.state, "events": list(report.events)}
            yield _event("extension", record)


def _report_record(report: InvocationReport) -> dict[str, Any]:
    metrics = {
        "durationMs": round(report.duration_s * 1000, 3),
        "billedDurationMs": report.billed_ms,
        "memorySizeMB": report.memory_mb,
        "maxMemoryUsedMB": report.max_memory_used_mb,
    }
    if report.init_s is not None:
        metrics["initDurationMs"] = round(report.init_s * 1000, 3)
    record = {"requestId": report.request_id, "metrics": metrics, "status": report.status}
    if report.error_type:
        record["errorType"] = report.error_type
    return record


def _event(kind: str, record: dict[str, Any]) -> dict[str, Any]:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"time": time, "type": f"platform.{kind}", "record": record}
