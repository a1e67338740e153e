"""Sources of all kinds, how they end, and what becomes of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from streambda_runtime import StreamingResponse, heartbeat, stop_before_deadline, testing
from streambda_runtime.llm import Failure, chat_completions, ui_messages
from streambda_runtime.streams.sse import SSE_HEARTBEAT
from tests.support.llm import DONE, PROTOCOLS, collect, later, parse
from tests.support.scripted_context import ScriptedContext

each = pytest.mark.parametrize("protocol", PROTOCOLS)


def breaks() -> Iterator[str]:
    yield "a"
    raise ConnectionResetError("arn:aws:secret")


@each
async def test_an_exception_is_told_and_logged(
    protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = list(PROTOCOLS[protocol](breaks()))
    from_async = await collect(PROTOCOLS[protocol](later(breaks())))

    assert frames == from_async
    assert "the connection to the model was lost" in frames[-1].decode()
    assert b"secret" not in b"".join(frames)
    assert capsys.readouterr().err.count("ConnectionResetError: arn:aws:secret") == 2


@each
def test_an_exception_before_the_first_event_is_told_in_one_chunk(protocol: str) -> None:
    def fails() -> Iterator[str]:
        raise TimeoutError
        yield ""

    [only] = PROTOCOLS[protocol](fails())

    assert "the model did not answer in time" in only.decode()
    assert parse(only)


def test_errors_says_what_clients_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    frames = ui_messages.frames(breaks(), errors=lambda error: Failure(type(error).__name__))

    told = parse(b"".join(frames))

    assert told[-2] == {"type": "error", "errorText": "ConnectionResetError"}
    assert capsys.readouterr().err


def test_errors_may_let_the_invocation_fail() -> None:
    def errors(error: Exception) -> Failure:
        raise error

    def handler(event: Any, context: Any) -> StreamingResponse:
        frames = ui_messages.frames(breaks(), errors=errors)
        return StreamingResponse(frames, headers=ui_messages.HEADERS, error_frame=False)

    result = testing.run(handler, testing.http_event("GET", "/"))

    assert "ConnectionResetError" in str(result.error)
    assert parse(result.body)[-1] == {"type": "text-delta", "id": "0", "delta": "a"}


class Source:
    """An iterable like a provider's stream, with a `close` of its own."""

    def __init__(self) -> None:
        self.closed = 0

    def __iter__(self) -> Iterator[str]:
        yield from ("a", "b")

    def close(self) -> None:
        self.closed += 1


class AsyncSource(Source):
    """As the async streams of `openai`, whose `close` is to be awaited."""

    async def __aiter__(self) -> AsyncIterator[str]:
        for text in ("a", "b"):
            yield text

    async def close(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        self.closed += 1


async def test_a_source_is_closed_when_nobody_reads_on() -> None:
    blocking, source = Source(), AsyncSource()
    frames, async_frames = chat_completions.frames(blocking, model="m"), PROTOCOLS["ag_ui"](source)
    next(frames)
    await anext(async_frames)

    frames.close()  # type: ignore[attr-defined]
    await async_frames.aclose()

    assert (blocking.closed, source.closed) == (1, 1)


async def test_a_source_is_closed_at_its_end_and_after_a_failure() -> None:
    sources = [AsyncSource(), AsyncSource()]
    await collect(PROTOCOLS["ag_ui"](sources[0]))
    await collect(PROTOCOLS["ag_ui"](sources[1], errors=None))

    def fails() -> Iterator[Any]:
        try:
            yield Failure("no")
        finally:
            closed.append(True)

    closed: list[bool] = []
    list(PROTOCOLS["ag_ui"](fails()))

    assert [one.closed for one in sources] == [1, 1]
    assert closed == [True]


async def test_a_cancelled_stream_tells_nothing_and_closes_its_source() -> None:
    source = AsyncSource()

    async def waits() -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.Event().wait()
        finally:
            await source.close()

    frames = PROTOCOLS["ui_messages"](waits())
    assert b'"a"' in await anext(frames)
    waiting = asyncio.ensure_future(anext(frames))
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert source.closed == 1


def test_a_str_is_one_piece_of_text() -> None:
    assert len(list(ui_messages.frames("Hello"))) == 2


@pytest.mark.parametrize("wrong", [None, 5, b"bytes", {"a": 1}, object()])
def test_what_is_no_source_is_refused_at_once(wrong: Any) -> None:
    with pytest.raises(TypeError, match=rf"the events are {type(wrong).__name__}, expected an it"):
        ui_messages.frames(wrong)


def test_a_model_that_never_answers_ends_before_the_deadline() -> None:
    # A tenth of a second, from the moment that the stream begins.
    context = ScriptedContext(60.1)

    async def never() -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield ""

    late = Failure("the model did not answer in time", "timeout")

    async def run() -> list[bytes]:
        events = stop_before_deadline(never(), 60, context=context, last=late)
        return await collect(ui_messages.frames(heartbeat(events, 0.01, SSE_HEARTBEAT)))

    told = b"".join(asyncio.run(run()))
    assert SSE_HEARTBEAT in told
    assert parse(told.replace(SSE_HEARTBEAT, b""))[-2:] == [
        {"type": "error", "errorText": late.message},
        DONE,
    ]


def test_headers_suit_both_kinds_of_streaming_response() -> None:
    from starlette.responses import StreamingResponse as Starlettes

    def handler(event: Any, context: Any) -> StreamingResponse:
        return StreamingResponse(ui_messages.frames("a"), headers=ui_messages.HEADERS)

    ours = testing.run(handler, testing.http_event("GET", "/"))
    theirs = Starlettes(ui_messages.frames("a"), headers=ui_messages.HEADERS)

    assert ours.headers == ui_messages.HEADERS
    assert dict(theirs.headers) == ui_messages.HEADERS
