"""What an observer makes a record of, without a cloud around it."""

import json

import pytest

from streambda.local.http.prelude import CONTENT_TYPE, DELIMITER
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationRequest, ResponseHead
from streambda.local.model.platform_reports import InvocationStart
from streambda.local.records import recording_observer as module
from streambda.local.records.record import Chunk, End, InvocationRecord, LoggedLine, Omitted
from streambda.local.records.recording_observer import RecordingObserver
from streambda.local.records.secret_texts import MASK

PRELUDE = b'{"statusCode":200,"headers":{"set-cookie":"a=1"}}'
HTTP = ResponseHead(content_type=CONTENT_TYPE)
TEXT = ResponseHead(content_type="text/plain")


class Observed:
    """An observer, a clock that the test sets, and the records that came."""

    def __init__(
        self, event: bytes = b"{}", *, masked: bool = True, limit: int | None = 64
    ) -> None:
        self.now_ms = 0.0
        self.ended: list[RecordingObserver] = []
        request = InvocationRequest(request_id="id", function_arn="arn", event=event, trace_id="t")
        self.observer = RecordingObserver(
            request,
            "Words",
            "lambda-api",
            self.ended.append,
            prelude_limit=limit,
            masked=masked,
            clock=lambda: 100 + self.now_ms / 1000,
        )

    def see(self, at_ms: float, *chunks: bytes) -> None:
        self.now_ms = at_ms
        for chunk in chunks:
            self.observer.observe_chunk(chunk)

    def end(
        self, state: State = State.COMPLETED, failure: Failure | None = None
    ) -> InvocationRecord:
        self.observer.observe_end(state, failure)
        (ended,) = self.ended
        return ended.make_record()


def test_chunks_and_lines_have_their_times() -> None:
    seen = Observed()
    seen.observer.observe_report(InvocationStart(request_id="id"))
    seen.observer.observe_head(TEXT)
    seen.see(10, b"one")
    seen.observer.observe_log_line("said")
    seen.see(20, b"\xff")
    seen.observer.observe_response(200, ())
    seen.now_ms = 30

    record = seen.end()

    assert record.content_type == "text/plain"
    assert record.chunks == (Chunk.at(10.0, b"one"), Chunk.at(20.0, b"\xff"))
    assert record.log == (LoggedLine(at_ms=10.0, text="said"),)
    assert record.end == End(at_ms=30.0, outcome="completed")
    assert record.prelude is None
    assert record.omitted is None


@pytest.mark.parametrize("cut", range(1, len(PRELUDE + DELIMITER)))
def test_a_prelude_is_found_wherever_it_is_cut(cut: int) -> None:
    data = PRELUDE + DELIMITER + b"body"
    seen = Observed(masked=False)
    seen.observer.observe_head(HTTP)
    seen.see(5, data[:cut], data[cut:])

    record = seen.end()

    assert record.prelude == Chunk.at(5.0, PRELUDE)
    assert record.body == b"body"


def test_secrets_of_event_prelude_and_log_are_replaced() -> None:
    seen = Observed(b'{"password": "x"}')
    seen.observer.observe_head(HTTP)
    seen.see(5, PRELUDE + DELIMITER)
    seen.observer.observe_log_line("AKIAIOSFODNN7EXAMPLE")

    record = seen.end(State.FAILED, Failure(code="E", details="Bearer abcdefghijkl"))

    assert record.masked
    assert json.loads(record.event.data) == {"password": MASK}
    assert record.prelude
    assert json.loads(record.prelude.data)["headers"] == {"set-cookie": MASK}
    assert record.log[0].text == MASK
    assert record.end == End(at_ms=5.0, outcome="failed", code="E", details=MASK)


def test_secrets_stay_on_request() -> None:
    seen = Observed(b'{"password": "x"}', masked=False)

    record = seen.end(State.TIMED_OUT, Failure(code="E", details=None))

    assert not record.masked
    assert record.event.data == b'{"password": "x"}'
    assert record.end == End(at_ms=0.0, outcome="timed-out", code="E")


@pytest.mark.parametrize("data", [b"x" * 64, b"x" * 70])
def test_a_prelude_that_never_ends_is_the_body(data: bytes) -> None:
    seen = Observed()
    seen.observer.observe_head(HTTP)
    seen.see(1, data, b"more")

    assert seen.end().body == data + b"more"


def test_a_prelude_that_is_cut_off_is_the_body() -> None:
    seen = Observed(limit=None)
    seen.observer.observe_head(HTTP)
    seen.see(1, b'{"statusCode"')

    record = seen.end(State.FAILED, Failure(code="E", details=None))

    assert record.body == b'{"statusCode"'
    assert record.prelude is None


def test_what_comes_after_a_limit_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 5)
    monkeypatch.setattr(module, "MAX_LINES", 1)
    seen = Observed()
    seen.observer.observe_head(TEXT)
    seen.see(1, b"12345", b"678", b"9")
    for line in ("one", "two", "three"):
        seen.observer.observe_log_line(line)

    record = seen.end()

    assert record.body == b"12345"
    assert len(record.log) == 1
    assert record.omitted == Omitted(chunks=2, bytes=4, lines=2)


@pytest.mark.parametrize("limit", [("MAX_BODY_BYTES", 3), ("MAX_CHUNKS", 1)])
def test_nothing_is_recorded_behind_a_gap(
    limit: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, *limit)
    seen = Observed()
    seen.observer.observe_head(TEXT)
    seen.see(1, b"12", b"345", b"6")

    record = seen.end()

    assert record.body == b"12"
    assert record.omitted == Omitted(chunks=2, bytes=4)


def test_long_lines_are_counted_by_their_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LOG_CHARS", 5)
    seen = Observed()
    for line in ("one", "2" * 100, "3", ""):
        seen.observer.observe_log_line(line)

    record = seen.end()

    assert [line.text for line in record.log] == ["one"]
    assert record.omitted == Omitted(lines=3)


def test_an_end_that_is_read_twice_makes_one_record() -> None:
    seen = Observed()
    seen.end()
    seen.observer.observe_end(State.COMPLETED, None)
    seen.observer.observe_log_line("late")

    assert len(seen.ended) == 1
