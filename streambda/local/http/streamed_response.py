"""A streamed response: read up to its body, then sent chunk by chunk as it comes."""

import json
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass

from starlette.types import Send

from streambda.local.http.headers import RawHeaders, content_length
from streambda.local.http.prelude import Prelude, PreludeReader, is_prelude_type
from streambda.local.http.response import BODILESS, send_chunk, send_end, send_start
from streambda.local.invocation.stream import InvocationStream
from streambda.local.limits.pacer import Pacer
from streambda.local.limits.response_timeouts import ResetIdle

BUFFERED_REMARK = (
    "its response is that of a buffered function, JSON with a statusCode: "
    "a streaming Function URL sends that JSON as the body"
)


@dataclass(frozen=True, slots=True)
class ResponseStart:
    """What an endpoint must have before it can answer."""

    prelude: Prelude
    first: bytes  # of the body, as far as it has come with the prelude


async def read_prelude(stream: InvocationStream, limit: int | None) -> ResponseStart | None:
    """Reads up to the body. None: the invocation failed before. Raises `PreludeError`."""
    reader = PreludeReader(limit)
    while (data := await stream.read_chunk()) is not None:
        first = reader.feed(data)
        if reader.prelude:
            return ResponseStart(reader.prelude, first)
    return None if stream.failure else ResponseStart(reader.end(), b"")


async def read_response_start(stream: InvocationStream, limit: int | None) -> ResponseStart | None:
    """As `read_prelude`; a response without a prelude becomes 200 and its body.

    Returns with the first byte: a response that fails before it has a status of its own.
    """
    head = await stream.read_head()
    if head is None:
        return None
    if is_prelude_type(head.content_type):
        return await read_prelude(stream, limit)
    first = await stream.read_chunk()
    if first is None and stream.failure:
        return None
    if first and is_buffered_response(first):
        stream.remark(BUFFERED_REMARK)
    return ResponseStart(Prelude(headers=(("content-type", head.content_type),)), first or b"")


def is_buffered_response(body: bytes) -> bool:
    """Whether it is what a function answers that is not made to stream, such as a Lambda Web
    Adapter without AWS_LWA_INVOKE_MODE=response_stream."""
    if not body.startswith(b"{") or b'"statusCode"' not in body:
        return False
    try:
        return "statusCode" in json.loads(body)
    except (RecursionError, ValueError):
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePipeline:
    """The steps between a function's chunks and the client."""

    pacer: Pacer
    reset_idle: ResetIdle
    unpack: Callable[[bytes], bytes] | None = None


async def send_stream(
    send: Send,
    status: int,
    headers: RawHeaders,
    first: bytes,
    stream: InvocationStream,
    pipeline: ResponsePipeline,
) -> None:
    """Sends what comes at once, or as soon as it may. Raises `ResponseTooLarge`.

    A response that failed, or is not as long as its Content-Length, is left without an end: the
    server then closes the connection, and the client sees a truncated body. A client that has left
    does not stop the function, as on AWS: what is sent to it from then on goes nowhere.
    """
    await send_start(send, status, headers)
    length = 0 if status in BODILESS else content_length(headers)
    sent = 0 if length == 0 else await _send_chunks(send, first, stream, pipeline, length)
    await discard(stream)
    if stream.failure is None and length in {None, sent}:
        await send_end(send)


async def _send_chunks(
    send: Send,
    first: bytes,
    stream: InvocationStream,
    pipeline: ResponsePipeline,
    length: int | None,
) -> int:
    """Sends all, or what comes before the function exceeds its own Content-Length."""
    data: bytes | None = first
    sent = 0
    while data is not None:
        if pipeline.unpack:
            data = pipeline.unpack(data)
        if length is not None and sent + len(data) > length:
            break
        if data:
            await pipeline.pacer.admit(len(data))
            await send_chunk(send, data)
            pipeline.reset_idle()
            sent += len(data)
        data = await stream.read_chunk()
    return sent


async def discard(stream: AsyncIterable[bytes]) -> None:
    """Reads to the end, so that the function runs to its own."""
    async for _ in stream:
        pass
