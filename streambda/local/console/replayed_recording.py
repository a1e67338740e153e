"""A record of a file as a recording of the console: the observer sees the same things again."""

from streambda.local.console.recording import Recording
from streambda.local.console.timeline_events import TimelineEvent
from streambda.local.http.headers import REQUEST_ID
from streambda.local.http.prelude import DELIMITER
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationRequest, ResponseHead
from streambda.local.records.record import Chunk, InvocationRecord, LoggedLine

STATES = {"completed": State.COMPLETED, "failed": State.FAILED, "timed-out": State.TIMED_OUT}


def replay_record(record: InvocationRecord, prelude_limit: int | None) -> Recording:
    """The recording that the console would have made of this invocation, but for its limits."""
    now_s = 0.0
    request = InvocationRequest(
        request_id=record.request_id, function_arn="", event=record.event.data, trace_id=""
    )
    recording = Recording(
        request,
        record.function,
        record.endpoint,
        _publish_to_nobody,
        prelude_limit=prelude_limit,
        clock=lambda: now_s,
        started_at_ms=record.started_at_ms,
    )
    prelude = (record.prelude,) if record.prelude else ()
    seen = sorted((*prelude, *record.chunks, *record.log), key=lambda one: one.at_ms)
    first_ms = next((one.at_ms for one in seen if isinstance(one, Chunk)), record.end.at_ms)
    if record.content_type is not None:
        now_s = first_ms / 1000
        recording.observe_head(ResponseHead(content_type=record.content_type))
    for one in seen:
        now_s = one.at_ms / 1000
        if isinstance(one, LoggedLine):
            recording.observe_log_line(one.text)
        else:
            recording.observe_chunk(one.data + (DELIMITER if one is record.prelude else b""))
    now_s = record.end.at_ms / 1000
    if record.status is not None:
        own = (REQUEST_ID, record.request_id.encode())
        recording.observe_response(record.status, [own])
    end = record.end
    failure = Failure(code=end.code, details=end.details) if end.code else None
    recording.observe_end(STATES[end.outcome], failure)
    return recording


def _publish_to_nobody(recording: Recording, event: TimelineEvent) -> None:
    """Nobody follows yet: a browser gets a snapshot first."""
