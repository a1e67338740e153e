"""Records are written one after the other, and nobody waits for that."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streambda.local.http.headers import REQUEST_ID
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationRequest, ResponseHead
from streambda.local.model.endpoints import EndpointKind
from streambda.local.records import mask_process, record_writer
from streambda.local.records.record import InvocationRecord
from streambda.local.records.record_file import RecordFile, read_records
from streambda.local.records.record_writer import RecordWriter
from streambda.local.records.recording_observer import RecordingObserver
from streambda.local.records.secret_texts import MASK
from tests.support.local_functions import WORDS

LONG_EVENT = json.dumps({"password": "x", "body": "words " * 10_000}).encode()
LONG_BODY = b"\0" * 200_000  # more than four buffers: each byte is six in JSON


class Writing:
    """A writer to a file, and invocations that it sees."""

    def __init__(self, path: Path, writer: RecordWriter) -> None:
        self.writer = writer
        self._path = path
        self._count = 0

    def end_invocation(self, event: bytes = b"{}", body: bytes = b"") -> RecordingObserver:
        self._count += 1
        request = InvocationRequest(
            request_id=f"id{self._count}", function_arn="arn", event=event, trace_id="t"
        )
        kind = EndpointKind.FUNCTION_URL
        observer = self.writer.start_recording(WORDS, kind, request)
        observer.observe_head(ResponseHead(content_type="text/plain"))
        observer.observe_chunk(body)
        observer.observe_end(State.COMPLETED, None)
        return observer

    def read(self) -> list[InvocationRecord]:
        return list(read_records(self._path))


@pytest.fixture
async def writing(tmp_path: Path) -> AsyncIterator[Writing]:
    path = tmp_path / "calls.jsonl"
    with RecordFile(path) as file:
        yield Writing(path, RecordWriter(file, None))


async def test_others_have_their_turn_while_a_record_is_written(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_writer, "SLICE_S", 0)  # after each piece of the line
    turns = 0
    writing.end_invocation(body=LONG_BODY)
    finishing = asyncio.create_task(writing.writer.finish())
    while not finishing.done():
        turns += 1
        await asyncio.sleep(0)

    assert turns > len(LONG_BODY) / 2**16
    assert writing.read()[0].body == LONG_BODY


async def test_records_are_in_the_order_of_the_ends_and_have_the_status_of_a_later_response(
    writing: Writing,
) -> None:
    writing.end_invocation(LONG_EVENT)
    writing.end_invocation(body=LONG_BODY)
    failed = writing.end_invocation()
    failed.observe_response(502, [(REQUEST_ID, b"another")])
    failed.observe_response(504, [(REQUEST_ID, b"id3")])
    await writing.writer.finish()

    records = writing.read()
    assert [(one.request_id, one.status) for one in records] == [
        ("id1", None),
        ("id2", None),
        ("id3", 504),
    ]
    assert json.loads(records[0].event.data)["password"] == MASK


@pytest.mark.parametrize("step", range(4))
async def test_what_has_ended_is_written_when_the_writer_is_cancelled(
    step: int, writing: Writing
) -> None:
    writing.end_invocation(LONG_EVENT)
    writing.end_invocation(body=LONG_BODY)
    finishing = asyncio.create_task(writing.writer.finish())
    for _ in range(step):
        await asyncio.sleep(0)
    finishing.cancel()
    if step:
        with pytest.raises(asyncio.CancelledError):
            await finishing
    else:  # it has not begun
        await writing.writer.finish()

    assert [one.request_id for one in writing.read()] == ["id1", "id2"]


async def test_a_long_event_is_masked_here_where_no_process_can_be_started(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(event: bytes) -> bytes:
        raise OSError("no room")

    monkeypatch.setattr(record_writer, "mask_in_process", fail)
    writing.end_invocation(LONG_EVENT)
    await writing.writer.finish()

    assert json.loads(writing.read()[0].event.data)["password"] == MASK


async def test_without_an_interpreter_there_is_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", None)

    with pytest.raises(PermissionError):
        await mask_process.mask_in_process(b"{}")


async def test_a_process_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_process, "__name__", "no_such_module")

    with pytest.raises(OSError, match="the process that masks events ended with status 1"):
        await mask_process.mask_in_process(b"{}")


async def test_a_record_that_cannot_be_made_is_told_and_the_next_is_written(
    writing: Writing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writing.end_invocation().observe_response(200, [(REQUEST_ID, b"id1")])
    broken = writing.end_invocation()
    monkeypatch.setattr(broken, "encode_record", lambda event: iter([None]))
    writing.end_invocation()
    await writing.writer.finish()

    assert [one.request_id for one in writing.read()] == ["id1", "id3"]
    assert "an invocation is not recorded: " in caplog.text
