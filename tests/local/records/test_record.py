"""A record as a line of a file, and lines that are none."""

import json
from typing import Any

import pytest

from streambda.local.records.record import (
    BadRecord,
    Chunk,
    Content,
    CutRecord,
    End,
    InvocationRecord,
    LoggedLine,
    Omitted,
    decode_record,
    encode_record,
)

FULL = InvocationRecord(
    request_id="id",
    function="Words",
    endpoint="function-url",
    started_at_ms=1,
    masked=True,
    event=Content.of(b'{"text": "gr\xc3\xbc\xc3\x9fe"}'),
    status=201,
    content_type="text/plain",
    prelude=Chunk.at(1.5, b'{"statusCode":201}'),
    chunks=(Chunk.at(2.0, "ü\n\u2028".encode()), Chunk.at(3.25, b"\xff\x00")),
    log=(LoggedLine(at_ms=2.5, text="line"),),
    omitted=Omitted(chunks=1, bytes=2, lines=3),
    end=End(at_ms=4.0, outcome="failed", code="Unhandled", details="{}"),
)
LEAST: dict[str, Any] = {
    "request_id": "id",
    "function": "Words",
    "started_at_ms": 1,
    "event": {"text": "{}"},
    "end": {"at_ms": 1.0, "outcome": "completed"},
}


@pytest.mark.parametrize("data", [b"", b"\xff" * 70_000, 'ü\n"\x00'.encode() * 40_000])
def test_a_record_in_pieces_is_what_pydantic_writes(data: bytes) -> None:
    chunks = (Chunk.at(1.5, b"short"), Chunk.at(2.0, data))
    record = FULL.model_copy(update={"event": Content.of(data), "chunks": chunks})

    assert encode_record(record) == record.model_dump_json(exclude_none=True).encode() + b"\n"


def test_a_record_is_one_line_and_comes_back_as_it_was() -> None:
    line = encode_record(FULL)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_record(line) == FULL
    assert FULL.body == "ü\n\u2028".encode() + b"\xff\x00"


def test_what_is_not_there_is_not_written() -> None:
    line = encode_record(decode_record(json.dumps(LEAST).encode()))

    assert json.loads(line) == {
        "version": 1, "endpoint": "", "masked": False, "chunks": [], "log": [], **LEAST,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2, "new": 1}, "its version is 2, expected 1"),
        ({"request_id": 5}, "request_id: Input should be a valid string"),
        ({"chunk": []}, "chunk: a record has no such field"),
        ({"event": {}}, "event: Value error, expected either text or base64"),
        ({"event": {"text": "", "base64": ""}}, "expected either text or base64"),
        ({"event": {"base64": "%"}}, "event.base64: Value error"),
        ({"chunks": [{"text": "x"}]}, "chunks.0.at_ms: this field is missing"),
        ({"end": {"at_ms": 1, "outcome": "fine"}}, "end.outcome: Input should be 'completed'"),
        (
            {"end": {"at_ms": float("nan"), "outcome": "failed"}},
            "end.at_ms: Input should be a finite",
        ),
        ({"chunks": [{"at_ms": float("inf"), "text": ""}]}, "chunks.0.at_ms: Input should be a"),
    ],
)
def test_a_line_that_is_no_record(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRecord) as caught:
        decode_record(json.dumps(LEAST | change).encode())

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [14, 60, -30, -2])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_that_is_cut(size: int, end: bytes) -> None:
    for line in (encode_record(FULL), json.dumps(json.loads(encode_record(FULL))).encode()):
        with pytest.raises(CutRecord):
            decode_record(line[:size] + end)


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"\xff", b'"\\ud800"'])
def test_a_line_that_is_no_object(line: bytes) -> None:
    with pytest.raises(BadRecord):
        decode_record(line)
