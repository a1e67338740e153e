"""What extensions that subscribe hear of an environment's phases and invocations.

As in "Lambda Telemetry API Event schema reference". Nothing is made while nobody listens.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from streambda.local.environments.platform_log import make_events
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.platform_reports import (
    InitPhase,
    InvocationReport,
    InvocationStart,
    PlatformReport,
    ReportStatus,
)
from streambda.local.runtime_api.telemetry import Telemetry

INIT_TYPE = "on-demand"


def publish_init_done(
    telemetry: Telemetry, phase: InitPhase, error_type: str | None = None
) -> None:
    """Args: `error_type` is that of a runtime that has failed."""
    record = {"initializationType": INIT_TYPE, "phase": phase}
    if error_type:
        record |= {"status": ReportStatus.ERROR, "errorType": error_type}
    else:
        record["status"] = ReportStatus.SUCCESS
    telemetry.publish("platform.initRuntimeDone", record)


def publish_init_report(telemetry: Telemetry, phase: InitPhase, init_s: float) -> None:
    metrics = {"durationMs": to_ms(init_s)}
    record = {
        "initializationType": INIT_TYPE,
        "phase": phase,
        "status": ReportStatus.SUCCESS,
        "metrics": metrics,
    }
    telemetry.publish("platform.initReport", record)


def publish_report(
    telemetry: Telemetry | None, report: PlatformReport, stream: InvocationStream | None
) -> None:
    """What the log has too, and the trace of the invocation."""
    if telemetry and telemetry.is_wanted:
        for event in make_events(report):
            is_of_invocation = isinstance(report, InvocationStart | InvocationReport)
            trace = describe_trace(stream) if is_of_invocation else {}
            telemetry.publish_event({**event, "record": {**event["record"], **trace}})


class RuntimeDone:
    """platform.runtimeDone, of one invocation: published once.

    It is there as soon as the runtime is done: an extension may wait for it, and ask for the next
    event then.

    Args: `began_s` is when the invocation began, by the monotonic clock.
    """

    def __init__(
        self, telemetry: Telemetry | None, stream: InvocationStream, began_s: float
    ) -> None:
        self._telemetry = telemetry
        self._stream = stream
        self._began_s = began_s
        self._is_published = False

    def publish(self, status: ReportStatus, done_s: float, error_type: str | None = None) -> None:
        """`done_s` is when the runtime was done, by the monotonic clock."""
        telemetry, stream = self._telemetry, self._stream
        if telemetry is None or not telemetry.is_wanted or self._is_published:
            return
        self._is_published = True
        record: dict[str, Any] = {
            "requestId": stream.request.request_id,
            "status": status,
            **describe_trace(stream),
            "spans": list(describe_spans(stream, self._began_s, done_s)),
            "metrics": {
                "durationMs": to_ms(done_s - self._began_s),
                "producedBytes": stream.produced_bytes,
            },
        }
        if error_type:
            record["errorType"] = error_type
        telemetry.publish("platform.runtimeDone", record)


def publish_end(telemetry: Telemetry | None, stream: InvocationStream) -> None:
    """What the Logs API has before the report."""
    if telemetry:
        telemetry.publish("platform.end", {"requestId": stream.request.request_id})


def describe_trace(stream: InvocationStream | None) -> Mapping[str, Any]:
    if stream is None:
        return {}
    return {"tracing": {"type": "X-Amzn-Trace-Id", "value": stream.request.trace_id}}


def describe_spans(
    stream: InvocationStream, began_s: float, asked_s: float
) -> Iterator[Mapping[str, Any]]:
    """Until the response begins, while it is sent, and what the runtime does after it."""
    responded_s, ended_s = stream.responded_s, stream.ended_s
    if responded_s is None or ended_s is None:
        return
    now, now_s = time.time(), time.monotonic()
    for name, start_s, end_s in (
        ("responseLatency", began_s, responded_s),
        ("responseDuration", responded_s, ended_s),
        ("runtimeOverhead", ended_s, asked_s),
    ):
        start = datetime.fromtimestamp(now - (now_s - start_s), UTC)
        yield {
            "name": name,
            "start": start.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "durationMs": to_ms(max(end_s - start_s, 0.0)),
        }


def to_ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
