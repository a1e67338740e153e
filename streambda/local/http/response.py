"""A response of one piece, and the ASGI messages that any response is sent with."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import Message, Send

from streambda.local.http.headers import CONTENT_LENGTH, RawHeaders
from streambda.local.invocation.stream import observe_response

# Neither has a body, whatever the function sends.
BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response of one piece."""

    status: int
    headers: RawHeaders
    body: bytes = b""


async def send_response(send: Send, response: HttpResponse) -> None:
    """With a Content-Length; without a body where the status allows none."""
    bodiless = response.status in BODILESS
    length = [] if bodiless else [(CONTENT_LENGTH, str(len(response.body)).encode())]
    await send_start(send, response.status, [*response.headers, *length])
    await send_end(send, b"" if bodiless else response.body)


async def send_start(send: Send, status: int, headers: RawHeaders) -> None:
    if observe := observe_response.get():
        observe(status, headers)
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def send_chunk(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def send_end(send: Send, data: bytes = b"") -> None:
    await send({"type": "http.response.body", "body": data, "more_body": False})


def add_headers(send: Send, pairs: Sequence[tuple[str, str]]) -> Send:
    """A `send` that adds these headers to every response."""
    more = [(name.encode(), value.encode()) for name, value in pairs]

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return send_more if more else send
