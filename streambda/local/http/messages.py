"""How an endpoint reads a request and writes a response: the only file that speaks ASGI messages."""

import secrets
import time
import uuid
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from streambda.local.http.headers import BODILESS, RawHeaders, length
from streambda.local.http.request import HttpCall
from streambda.local.invocation.stream import InvocationStream
from streambda.local.limits.pacing import Pacer
from streambda.local.limits.response_timeouts import ResetIdle


class RequestTooLarge(Exception):
    """The body has more bytes than Lambda takes."""


async def read_body(request: Request, limit: int | None) -> bytes:
    body = bytearray()
    async for data in request.stream():
        body += data
        check_size(len(body), limit)
    return bytes(body)


def check_size(size: int, limit: int | None) -> None:
    """Raises `RequestTooLarge`, in Lambda's words."""
    if limit is not None and size > limit:
        raise RequestTooLarge(
            f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        )


async def read_call(scope: Scope, receive: Receive, limit: int | None) -> HttpCall:
    """Raises `RequestTooLarge` for a body of more bytes than `limit`; None is without end."""
    request = Request(scope, receive)
    client, port = scope.get("client") or ("127.0.0.1", 0)
    trace_id = new_trace_id()
    return HttpCall(
        method=scope["method"],
        raw_path=scope["raw_path"].decode("ascii"),
        path=scope["path"],
        query=scope["query_string"].decode("ascii"),
        headers=tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]),
        body=await read_body(request, limit),
        client=client,
        protocol=f"HTTP/{scope['http_version']}",
        request_id=str(uuid.uuid4()),
        trace_id=trace_id,
        time=datetime.now(UTC),
        extra={
            "x-amzn-trace-id": trace_id,
            "x-forwarded-for": client,
            "x-forwarded-port": str((scope.get("server") or ("", port))[1]),
            "x-forwarded-proto": scope["scheme"],
        },
    )


def new_trace_id() -> str:
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


async def send_whole(
    send: Send, status: int, headers: Mapping[str, str] | RawHeaders, body: bytes
) -> None:
    pairs = (
        headers
        if isinstance(headers, list)
        else [(k.encode(), v.encode()) for k, v in headers.items()]
    )
    if status not in BODILESS:
        pairs = [*pairs, (b"content-length", str(len(body)).encode())]
    await start(send, status, pairs)
    await end(send, b"" if status in BODILESS else body)


async def start(send: Send, status: int, headers: RawHeaders) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def chunk(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def end(send: Send, data: bytes = b"") -> None:
    await send({"type": "http.response.body", "body": data, "more_body": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePipeline:
    """What lies between a function's chunks and the client."""

    pacer: Pacer
    reset_idle: ResetIdle
    unpack: Callable[[bytes], bytes] | None = None


async def stream_out(
    send: Send,
    status: int,
    headers: RawHeaders,
    first: bytes,
    stream: InvocationStream,
    pipeline: ResponsePipeline,
) -> None:
    """Sends what comes the moment it comes, or as soon as it may. Raises `OverLimit`.

    A response that broke off, or is not as long as its Content-Length, is left without an end: the
    server then closes the connection, and the client sees a cut body. A client that has left does
    not stop the function, as on AWS: what is sent to it from then on goes nowhere.
    """
    await start(send, status, headers)
    room = 0 if status in BODILESS else length(headers)
    sent = 0 if room == 0 else await _send_some(send, first, stream, pipeline, room)
    await discard(stream)
    if stream.failure is None and room in {None, sent}:
        await end(send)


async def _send_some(
    send: Send, first: bytes, stream: InvocationStream, pipeline: ResponsePipeline, room: int | None
) -> int:
    """Sends all, or what comes before the function breaks its own Content-Length."""
    data: bytes | None = first
    sent = 0
    while data is not None:
        if pipeline.unpack:
            data = pipeline.unpack(data)
        if room is not None and sent + len(data) > room:
            break
        if data:
            await pipeline.pacer.admit(len(data))
            await chunk(send, data)
            pipeline.reset_idle()
            sent += len(data)
        data = await stream.read_chunk()
    return sent


async def discard(stream: AsyncIterable[bytes]) -> None:
    async for _ in stream:
        pass


def adding(send: Send, pairs: Sequence[tuple[str, str]]) -> Send:
    """Sends what it is given, with more headers."""
    more = [(name.encode(), value.encode()) for name, value in pairs]

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return send_more if more else send
