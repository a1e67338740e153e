"""One invocation's events, bounded, without a cloud around them."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from streambda.local.console import recording as module
from streambda.local.console.events import (
    Beyond,
    Chunk,
    ColdStart,
    Ended,
    LogLine,
    PreludeBad,
    PreludeRead,
    Started,
    TimelineEvent,
    to_json,
)
from streambda.local.console.recording import Recording
from streambda.local.environments.platform_log import Report, platform_log
from streambda.local.http.prelude import CONTENT_TYPE
from streambda.local.invocation.lifecycle import Failure, InvocationRequest, ResponseHead, State

ROOT = Path(__file__).parents[3]

Kind = TypeVar("Kind", bound=TimelineEvent)

DELIMITER = b"\0" * 8


class Told:
    """A recording, all that it has told, and a clock that the test sets."""

    def __init__(self, event: bytes = b"{}") -> None:
        self.events: list[TimelineEvent] = []
        self.now_ms = 0.0
        request = InvocationRequest(
            request_id="id", invocation_id="n", function_arn="arn", event=event, trace_id="t"
        )
        self.recording = Recording(
            request,
            "Words",
            "lambda-api",
            lambda recording, told: self.events.append(told),
            lambda: 100 + self.now_ms / 1000,
        )

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [one for one in self.events if isinstance(one, kind)]


@pytest.fixture
def told() -> Told:
    return Told()


def test_time_counts_from_the_beginning(told: Told) -> None:
    for at, data in ((10, b"one"), (20, b"two")):
        told.now_ms = at
        told.recording.observe_chunk(data)
    told.now_ms = 30
    told.recording.observe_end(State.COMPLETED, None)

    assert [event.at_ms for event in told.events] == [0, 10, 20, 30]
    assert told.recording.summary.first_byte_ms == 10
    assert told.recording.summary.ended_ms == 30
    assert told.recording.events == told.events


def test_an_event_is_kept_up_to_a_limit() -> None:
    event = b"x" * (module.MOST_EVENT_BYTES + 1)

    began = Told(event).recording.began

    assert (len(began.event), began.event_bytes) == (module.MOST_EVENT_BYTES, len(event))


@pytest.mark.parametrize("cut", range(1, len(b'{"statusCode":201}' + DELIMITER + b"body")))
def test_a_prelude_is_found_wherever_it_is_cut(cut: int, told: Told) -> None:
    data = b'{"statusCode":201}' + DELIMITER + b"body"
    told.recording.observe_head(ResponseHead(content_type=CONTENT_TYPE))

    told.recording.observe_chunk(data[:cut])
    told.recording.observe_chunk(data[cut:])

    (prelude,) = told.of(PreludeRead)
    assert (prelude.status, prelude.bytes) == (201, len(data) - 4)
    assert b"".join(chunk.first.encode() for chunk in told.of(Chunk)) == b"body"
    assert told.recording.summary.bytes == 4


def test_a_prelude_has_headers_and_cookies(told: Told) -> None:
    told.recording.observe_head(ResponseHead(content_type=CONTENT_TYPE))
    told.recording.observe_chunk(b'{"headers":{"a":"b"},"cookies":["c=d"]}' + DELIMITER)

    (prelude,) = told.of(PreludeRead)
    assert to_json(prelude) == {
        "kind": "prelude",
        "at_ms": 0,
        "bytes": 47,
        "status": 200,
        "headers": (("a", "b"),),
        "cookies": ("c=d",),
    }
    assert told.of(Chunk) == []


def test_bytes_that_are_no_prelude_are_a_body(told: Told) -> None:
    told.recording.observe_head(ResponseHead(content_type=CONTENT_TYPE))
    told.recording.observe_chunk(b"[]" + DELIMITER + b"body")
    told.recording.observe_chunk(b"more")

    (bad,) = told.of(PreludeBad)
    assert "expected an object" in bad.reason
    assert [chunk.bytes for chunk in told.of(Chunk)] == [14, 4]


def test_a_prelude_that_never_came_is_told_at_the_end(told: Told) -> None:
    told.recording.observe_head(ResponseHead(content_type=CONTENT_TYPE))
    told.recording.observe_chunk(b'{"statusCode"')
    told.recording.observe_end(State.COMPLETED, None)

    assert [event.kind for event in told.events[-2:]] == ["bad-prelude", "ended"]


def test_other_content_has_no_prelude(told: Told) -> None:
    told.recording.observe_head(ResponseHead(content_type="text/plain"))
    told.recording.observe_chunk(b"{}" + DELIMITER)

    assert [event.kind for event in told.events] == ["began", "head", "chunk"]


def test_first_bytes_are_shown_as_far_as_they_are_text(told: Told) -> None:
    told.recording.observe_chunk("ü".encode() + b"\xff" + b"x" * 100)

    (chunk,) = told.of(Chunk)
    assert chunk.bytes == 103
    assert chunk.first == "ü\\xff" + "x" * (module.MOST_FIRST_BYTES - 3)


def test_chunks_beyond_the_limit_are_counted_now_and_then(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CHUNKS", 2)
    for _ in range(27):
        told.now_ms += 10
        told.recording.observe_chunk(b"1234")
    told.recording.observe_end(State.COMPLETED, None)

    # A chunk every 10 ms, totals every 100 ms, and the last at the end.
    assert [beyond.chunks for beyond in told.of(Beyond)] == [1, 11, 21, 25]
    assert told.recording.summary.beyond_bytes == 100
    assert told.recording.summary.bytes == 8
    kept = [event.kind for event in told.recording.events]
    assert kept == ["began", "chunk", "chunk", "ended", "beyond"]
    assert told.recording.told == len(told.events) == 8


def test_lines_are_bounded_and_may_come_after_the_end(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LOG_LINES", 2)
    told.recording.observe_log_line("START RequestId: id Version: $LATEST")
    told.recording.observe_end(State.COMPLETED, None)
    told.recording.observe_log_line("x" * (module.MOST_LINE_CHARS + 1))
    for _ in range(3):
        told.recording.observe_log_line("too many")

    kinds = ["began", "started", "log", "ended", "log", "beyond", "beyond", "beyond"]
    assert [event.kind for event in told.events] == kinds
    assert len(told.of(LogLine)[1].text) == module.MOST_LINE_CHARS
    assert told.of(Beyond)[-1].lines == 3


REPORT = Report(request_id="id", duration_s=1, memory_mb=128, used_mb=9)


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_a_cold_start_is_read_from_the_report(log_format: str, told: Told) -> None:
    log = platform_log(log_format)
    for line in (*log.start("id"), *log.end(REPORT), *log.end(replace(REPORT, init_s=0.25))):
        told.recording.observe_log_line(line)

    (cold,) = told.of(ColdStart)
    assert (cold.init_ms, len(told.of(Started))) == (250, 1)


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_an_init_phase_that_took_too_long_was_a_cold_start(log_format: str, told: Told) -> None:
    for line in platform_log(log_format).init(10, "init", "timeout"):
        told.recording.observe_log_line(line)

    assert [cold.init_ms for cold in told.of(ColdStart)] == [10_000]


@pytest.mark.parametrize(
    "line",
    [
        "Init Duration: 1 ms",
        '{"type": "platform.report", "record": {"metrics": null}}',
        '{"type": "platform.',
        '["platform.report"]',
        'said "platform.start"',
    ],
)
def test_lines_of_the_functions_own_tell_of_no_start(line: str, told: Told) -> None:
    told.recording.observe_log_line(line)

    assert [event.kind for event in told.events] == ["began", "log"]


@pytest.mark.parametrize(
    ("state", "outcome"),
    [(State.COMPLETED, "completed"), (State.FAILED, "failed"), (State.TIMED_OUT, "timed-out")],
)
def test_there_is_one_end(state: State, outcome: str, told: Told) -> None:
    failure = Failure(code="Unhandled", details="x" * 10_000)

    told.recording.observe_end(state, failure)
    told.recording.observe_end(state, None)

    (end,) = told.of(Ended)
    assert (end.outcome, end.code) == (outcome, "Unhandled")
    assert len(end.details or "") == module.MOST_DETAILS_CHARS
    assert told.recording.summary.outcome == outcome


@pytest.mark.parametrize("kind", [one.kind for one in TimelineEvent.__subclasses__()])
def test_every_kind_of_event_is_known_to_the_page_and_documented(kind: str) -> None:
    script = (ROOT / "streambda" / "local" / "console" / "page" / "run.js").read_text()
    keeps = script.partition("const KEEP = {")[2].partition("};")[0]

    assert re.search(rf'^  "?{kind}"?[:(]', keeps, re.MULTILINE)
    assert f"| `{kind}` |" in (ROOT / "docs" / "console.md").read_text()
