"""The door that a function URL is: HTTP in, an invocation, HTTP out as it is made.

With the prelude's content type, status and headers come from the prelude. Without, the answer is
200 with the runtime's content type, and whatever the function sends is the body.
"""

import json

from starlette.types import Receive, Scope, Send

from streambda.local import headers
from streambda.local.collected import WholeAnswer, collect, inferred_answer
from streambda.local.environments import TooManyRequests
from streambda.local.function_url_event import function_url_event
from streambda.local.functions import FunctionUrl, LocalFunction
from streambda.local.headers import BadHeader, renamed
from streambda.local.http_event import HttpCall
from streambda.local.http_message import RequestTooLarge, discard, read_call, send_whole, stream_out
from streambda.local.invocation_stream import InvocationStream
from streambda.local.opening import read_opening
from streambda.local.prelude import Prelude, PreludeError
from streambda.local.service import LambdaService

TEXT = {"content-type": "text/plain"}
JSON = {"content-type": "application/json"}

# A length counted by the function says nothing about a chunked message. AWS renames the header.
REMAPPED = "x-amzn-remapped-content-length"


class FunctionUrlDoor:
    def __init__(self, url: FunctionUrl, function: LocalFunction, service: LambdaService) -> None:
        self._url = url
        self._function = function
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            call = await read_call(scope, receive)
            stream = self._invoke(call)
        except RequestTooLarge as error:
            await send_whole(send, 413, JSON, json.dumps({"Message": str(error)}).encode())
            return
        except TooManyRequests:
            await send_whole(send, 429, JSON, b'{"Message":"Rate Exceeded."}')
            return
        answer = self._stream if self._url.streaming else self._collect
        try:
            await answer(stream, call, send)
        except (PreludeError, BadHeader) as error:
            self._service.log(self._function.name, f"function URL answers 502: {error}")
            await bad_gateway(send, call)
            await discard(stream)

    def _invoke(self, call: HttpCall) -> InvocationStream:
        event = function_url_event(call, self._url.logical_id.lower())
        return self._service.invoke(
            self._function,
            json.dumps(event).encode(),
            request_id=call.request_id,
            trace_id=call.trace_id,
        )

    async def _stream(self, stream: InvocationStream, call: HttpCall, send: Send) -> None:
        opening = await read_opening(stream)
        if opening is None:
            await bad_gateway(send, call)
            return
        status, head = opening.prelude.status, response_headers(opening.prelude, call)
        await stream_out(send, status, head, opening.first, stream)

    async def _collect(self, stream: InvocationStream, call: HttpCall, send: Send) -> None:
        collected = await collect(stream)
        if collected.failure:
            await bad_gateway(send, call)
            return
        answer: WholeAnswer = inferred_answer(collected)
        await send_whole(send, answer.status, [*answer.headers, request_id(call)], answer.body)


def response_headers(prelude: Prelude, call: HttpCall) -> headers.RawHeaders:
    pairs = renamed(headers.merged(prelude), "content-length", REMAPPED)
    found = headers.raw(pairs, prelude.cookies)
    if not headers.has(found, b"content-type"):
        found.append((b"content-type", b"application/octet-stream"))
    return [*found, request_id(call)]


def request_id(call: HttpCall) -> tuple[bytes, bytes]:
    return b"x-amzn-requestid", call.request_id.encode()


async def bad_gateway(send: Send, call: HttpCall) -> None:
    head = TEXT | {"x-amzn-requestid": call.request_id}
    await send_whole(send, 502, head, b"Internal Server Error")
