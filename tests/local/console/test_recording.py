"""One invocation's events, up to limits, without a cloud around them."""

import re
from pathlib import Path
from typing import TypeVar

import pytest

from streambda.local.console import recording as module
from streambda.local.console.recording import Recording
from streambda.local.console.timeline_events import (
    ChunkRead,
    ColdStartReported,
    ExecutionStarted,
    InvocationEnded,
    LogLinePrinted,
    PreludeInvalid,
    PreludeRead,
    TimelineEvent,
    UnrecordedTotals,
    to_json,
)
from streambda.local.http.prelude import CONTENT_TYPE
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationRequest, ResponseHead
from streambda.local.limits.limits import Limits
from streambda.local.model.platform_reports import (
    InitPhase,
    InitReport,
    InvocationReport,
    InvocationStart,
    PlatformReport,
    ReportStatus,
)

ROOT = Path(__file__).parents[3]

Kind = TypeVar("Kind", bound=TimelineEvent)

DELIMITER = b"\0" * 8
PRELUDE_HEAD = ResponseHead(content_type=CONTENT_TYPE)


class Published:
    """A recording, all events that it has published, and a clock that the test sets."""

    def __init__(self, event: bytes = b"{}", prelude_limit: int | None = Limits().prelude) -> None:
        self.events: list[TimelineEvent] = []
        self.now_ms = 0.0
        request = InvocationRequest(
            request_id="id", invocation_id="n", function_arn="arn", event=event, trace_id="t"
        )
        self.recording = Recording(
            request,
            "Words",
            "lambda-api",
            lambda recording, event: self.events.append(event),
            prelude_limit=prelude_limit,
            clock=lambda: 100 + self.now_ms / 1000,
        )

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def published() -> Published:
    return Published()


def test_time_counts_from_the_beginning(published: Published) -> None:
    for at, data in ((10, b"one"), (20, b"two")):
        published.now_ms = at
        published.recording.observe_chunk(data)
    published.now_ms = 30
    published.recording.observe_end(State.COMPLETED, None)

    assert [event.at_ms for event in published.events] == [0, 10, 20, 30]
    assert published.recording.summary.first_byte_ms == 10
    assert published.recording.summary.ended_ms == 30
    assert published.recording.events == published.events


def test_an_event_is_recorded_up_to_a_limit() -> None:
    event = b"x" * (module.MAX_EVENT_BYTES + 1)

    began = Published(event).recording.began

    assert (len(began.event), began.event_bytes) == (module.MAX_EVENT_BYTES, len(event))


@pytest.mark.parametrize("cut", range(1, len(b'{"statusCode":201}' + DELIMITER + b"body")))
def test_a_prelude_is_found_wherever_it_is_cut(cut: int, published: Published) -> None:
    data = b'{"statusCode":201}' + DELIMITER + b"body"
    published.recording.observe_head(PRELUDE_HEAD)

    published.recording.observe_chunk(data[:cut])
    published.recording.observe_chunk(data[cut:])

    (prelude,) = published.of(PreludeRead)
    assert (prelude.status, prelude.bytes) == (201, len(data) - 4)
    assert b"".join(chunk.first.encode() for chunk in published.of(ChunkRead)) == b"body"
    assert published.recording.summary.bytes == 4


def test_a_prelude_has_headers_and_cookies(published: Published) -> None:
    published.recording.observe_head(PRELUDE_HEAD)
    published.recording.observe_chunk(b'{"headers":{"a":"b"},"cookies":["c=d"]}' + DELIMITER)

    (prelude,) = published.of(PreludeRead)
    assert to_json(prelude) == {
        "kind": "prelude",
        "at_ms": 0,
        "bytes": 47,
        "status": 200,
        "headers": (("a", "b"),),
        "cookies": ("c=d",),
    }
    assert published.of(ChunkRead) == []


LONG_PRELUDE = b'{"headers":{"x-long":"%s"}}' % (b"a" * 20_000)


def test_a_prelude_over_the_limit_is_invalid(published: Published) -> None:
    published.recording.observe_head(PRELUDE_HEAD)
    published.recording.observe_chunk(LONG_PRELUDE + DELIMITER)

    (invalid,) = published.of(PreludeInvalid)
    assert "within the first 16384 bytes" in invalid.reason


@pytest.mark.parametrize("prelude_limit", [None, 32 * 1024])
def test_the_limit_of_a_prelude_is_the_clouds(prelude_limit: int | None) -> None:
    published = Published(prelude_limit=prelude_limit)
    published.recording.observe_head(PRELUDE_HEAD)
    published.recording.observe_chunk(LONG_PRELUDE + DELIMITER + b"body")

    assert published.kinds == ["began", "response", "prelude", "chunk"]


def test_bytes_that_are_not_a_prelude_are_a_body(published: Published) -> None:
    published.recording.observe_head(PRELUDE_HEAD)
    published.recording.observe_chunk(b"[]" + DELIMITER + b"body")
    published.recording.observe_chunk(b"more")

    (invalid,) = published.of(PreludeInvalid)
    assert "expected an object" in invalid.reason
    assert [chunk.bytes for chunk in published.of(ChunkRead)] == [14, 4]


def test_a_prelude_that_never_came_is_invalid_at_the_end(published: Published) -> None:
    published.recording.observe_head(PRELUDE_HEAD)
    published.recording.observe_chunk(b'{"statusCode"')
    published.recording.observe_end(State.COMPLETED, None)

    assert published.kinds[-2:] == ["invalid-prelude", "ended"]


def test_other_content_types_have_no_prelude(published: Published) -> None:
    published.recording.observe_head(ResponseHead(content_type="text/plain"))
    published.recording.observe_chunk(b"{}" + DELIMITER)

    assert published.kinds == ["began", "response", "chunk"]


def test_first_bytes_are_shown_as_text_where_they_are_text(published: Published) -> None:
    published.recording.observe_chunk("ü".encode() + b"\xff" + b"x" * 100)

    (chunk,) = published.of(ChunkRead)
    assert chunk.bytes == 103
    assert chunk.first == "ü\\xff" + "x" * (module.MAX_FIRST_BYTES - 3)


def test_chunks_after_the_limit_are_counted(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CHUNKS", 2)
    for _ in range(27):
        published.now_ms += 10
        published.recording.observe_chunk(b"1234")
    published.recording.observe_end(State.COMPLETED, None)

    # A chunk every 10 ms, totals every 100 ms, and the last at the end.
    assert [totals.chunks for totals in published.of(UnrecordedTotals)] == [1, 11, 21, 25]
    assert published.recording.summary.unrecorded_bytes == 100
    assert published.recording.summary.bytes == 8
    recorded = [event.kind for event in published.recording.events]
    assert recorded == ["began", "chunk", "chunk", "ended", "unrecorded"]
    assert published.recording.event_count == len(published.events) == 8


def test_log_lines_are_limited_and_may_come_after_the_end(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_LOG_LINES", 2)
    published.recording.observe_log_line("one")
    published.recording.observe_end(State.COMPLETED, None)
    published.recording.observe_log_line("x" * (module.MAX_LINE_CHARS + 1))
    for _ in range(3):
        published.recording.observe_log_line("too many")

    assert published.kinds == ["began", "log", "ended", "log", *["unrecorded"] * 3]
    assert len(published.of(LogLinePrinted)[1].text) == module.MAX_LINE_CHARS
    assert published.of(UnrecordedTotals)[-1].lines == 3


def test_the_platform_reports_the_start(published: Published) -> None:
    published.now_ms = 5
    published.recording.observe_report(InvocationStart(request_id="id"))

    assert [started.at_ms for started in published.of(ExecutionStarted)] == [5]


def create_report(init_s: float | None) -> InvocationReport:
    return InvocationReport(
        request_id="id", duration_s=1, memory_mb=128, max_memory_used_mb=9, init_s=init_s
    )


SLOW_INIT = InitReport(duration_s=10, phase=InitPhase.INIT, status=ReportStatus.TIMEOUT)


@pytest.mark.parametrize(
    ("report", "init_ms"),
    [(create_report(init_s=0.25), [250]), (create_report(init_s=None), []), (SLOW_INIT, [10_000])],
)
def test_the_platform_reports_a_cold_start(
    report: PlatformReport, init_ms: list[float], published: Published
) -> None:
    published.recording.observe_report(report)

    assert [event.init_ms for event in published.of(ColdStartReported)] == init_ms


@pytest.mark.parametrize(
    "line",
    [
        "START RequestId: id Version: $LATEST",
        "REPORT RequestId: id\tDuration: 1.00 ms\tInit Duration: 1.00 ms",
        '{"type": "platform.start", "record": {}}',
    ],
)
def test_a_line_of_the_functions_own_is_not_a_report(line: str, published: Published) -> None:
    published.recording.observe_log_line(line)

    assert published.kinds == ["began", "log"]


@pytest.mark.parametrize(
    ("state", "outcome"),
    [(State.COMPLETED, "completed"), (State.FAILED, "failed"), (State.TIMED_OUT, "timed-out")],
)
def test_there_is_one_end(state: State, outcome: str, published: Published) -> None:
    failure = Failure(code="Unhandled", details="x" * 10_000)

    published.recording.observe_end(state, failure)
    published.recording.observe_end(state, None)

    (end,) = published.of(InvocationEnded)
    assert (end.outcome, end.code) == (outcome, "Unhandled")
    assert len(end.details or "") == module.MAX_DETAILS_CHARS
    assert published.recording.summary.outcome == outcome


@pytest.mark.parametrize("kind", [one.kind for one in TimelineEvent.__subclasses__()])
def test_the_page_and_the_docs_know_every_kind_of_event(kind: str) -> None:
    script = (ROOT / "streambda" / "local" / "console" / "page" / "invocation.js").read_text()
    recorded = script.partition("const RECORD = {")[2].partition("};")[0]

    assert re.search(rf'^  "?{kind}"?[:(]', recorded, re.MULTILINE)
    assert f"| `{kind}` |" in (ROOT / "docs" / "console.md").read_text()
