"""The endpoint that a function URL is: HTTP in, an invocation, HTTP out as it is made.

With the prelude's content type, status and headers come from the prelude. Without, the answer is
200 with the runtime's content type, and whatever the function sends is the body.
"""

import json

from starlette.types import Receive, Scope, Send

from streambda.local.auth.signature import SignatureError, Unsigned
from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.function_url.cors import is_preflight, preflight_headers
from streambda.local.endpoints.function_url.cors import response_headers as cors_headers
from streambda.local.endpoints.function_url.event import function_url_event
from streambda.local.faults.gunzip import Gunzip, is_packed, unpacked
from streambda.local.http import headers
from streambda.local.http.headers import BadHeader, renamed
from streambda.local.http.messages import (
    RequestTooLarge,
    ResponsePipeline,
    adding,
    check_size,
    read_call,
    send_whole,
    stream_out,
)
from streambda.local.http.prelude import Prelude, PreludeError
from streambda.local.http.request import HttpCall
from streambda.local.http.response_start import ResponseStart, read_response_start
from streambda.local.http.whole_response import WholeAnswer, collect, inferred_answer
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream
from streambda.local.limits.pacing import OverLimit, Pace
from streambda.local.limits.response_timeouts import response_timeouts
from streambda.local.model.access import Cors
from streambda.local.model.functions import FunctionUrl, LocalFunction

TEXT = {"content-type": "text/plain"}
JSON = {"content-type": "application/json"}

# Whoever has not signed is sent here, since October 2025.
FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, "
    "see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)

# A length counted by the function says nothing about a chunked message. AWS renames the header.
REMAPPED = "x-amzn-remapped-content-length"


class FunctionUrlEndpoint:
    def __init__(self, url: FunctionUrl, function: LocalFunction, context: EndpointContext) -> None:
        self._url = url
        self._function = function
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            call = await read_call(scope, receive, self._context.limits.event)
            if self._url.cors and is_preflight(call):
                await send_preflight(send, self._url.cors, call)
                return
            stream = self._invoke(call)
        except RequestTooLarge as error:
            await send_error(send, 413, "Message", str(error))
            return
        except SignatureError as error:
            await send_signature_error(send, error)
            return
        except TooManyRequests:
            await send_error(send, 429, "Message", "Rate Exceeded.")
            return
        await self._answer(stream, call, adding(send, cors_headers(self._url.cors, call)))

    async def _answer(self, stream: InvocationStream, call: HttpCall, send: Send) -> None:
        answer = self._stream if self._url.streaming else self._collect
        try:
            await answer(stream, call, send)
        except (PreludeError, BadHeader) as error:
            self._log(f"function URL answers 502: {error}")
            self._context.run_on(stream)
            await bad_gateway(send, call)
        except (OverLimit, TimeoutError) as error:
            self._log(f"function URL cuts the response: {error or 'it took too long'}")
            self._context.run_on(stream)

    def _invoke(self, call: HttpCall) -> InvocationStream:
        """Raises `RequestTooLarge`, `SignatureError` and `TooManyRequests`."""
        caller = self._context.guard.signer(call, "lambda") if self._url.iam else None
        event = json.dumps(function_url_event(call, self._url.logical_id.lower(), caller)).encode()
        check_size(len(event), self._context.limits.event)
        return self._context.invoke(self._function, call.invocation(self._function.arn, event))

    async def _stream(self, stream: InvocationStream, call: HttpCall, send: Send) -> None:
        pace = Pace.of_lambda(self._context.limits)
        start: ResponseStart | None = None
        try:
            async with response_timeouts(total_s=pace.total_s, idle_s=pace.idle_s) as reset_idle:
                start = await read_response_start(stream, self._context.limits.prelude)
                if start is None:
                    await bad_gateway(send, call)
                    return
                head, unpack = self._packing(response_headers(start.prelude, call))
                pipeline = ResponsePipeline(
                    pacer=pace.pacer(self._context.sleep), reset_idle=reset_idle, unpack=unpack
                )
                await stream_out(send, start.prelude.status, head, start.first, stream, pipeline)
        except TimeoutError:
            if start is None:
                await bad_gateway(send, call)
            raise

    def _packing(self, head: headers.RawHeaders) -> tuple[headers.RawHeaders, Gunzip | None]:
        if self._context.faults.gunzip and is_packed(head):
            return unpacked(head), Gunzip()
        return head, None

    async def _collect(self, stream: InvocationStream, call: HttpCall, send: Send) -> None:
        collected = await collect(stream, self._context.limits.buffered_response)
        if collected.failure:
            await bad_gateway(send, call)
            return
        answer: WholeAnswer = inferred_answer(collected)
        await send_whole(send, answer.status, [*answer.headers, request_id(call)], answer.body)

    def _log(self, line: str) -> None:
        self._context.service.log(self._function.name, line)


def response_headers(prelude: Prelude, call: HttpCall) -> headers.RawHeaders:
    pairs = renamed(headers.merged(prelude), "content-length", REMAPPED)
    found = headers.raw(pairs, prelude.cookies)
    if not headers.has(found, b"content-type"):
        found.append((b"content-type", b"application/octet-stream"))
    return [*found, request_id(call)]


def request_id(call: HttpCall) -> tuple[bytes, bytes]:
    return b"x-amzn-requestid", call.request_id.encode()


async def send_preflight(send: Send, cors: Cors, call: HttpCall) -> None:
    pairs = [*preflight_headers(cors, call), ("x-amzn-requestid", call.request_id)]
    await send_whole(send, 200, headers.raw(pairs), b"")


async def send_signature_error(send: Send, error: SignatureError) -> None:
    """An unsigned request is told less than one whose signature is wrong."""
    if isinstance(error, Unsigned):
        await send_error(send, 403, "Message", FORBIDDEN, "AccessDeniedException")
    else:
        await send_error(send, 403, "message", str(error), error.exception)


async def send_error(
    send: Send, status: int, key: str, message: str, exception: str | None = None
) -> None:
    """`key` is how the service spells the name of a message, which is not always the same way."""
    head = JSON | ({"x-amzn-errortype": exception} if exception else {})
    await send_whole(send, status, head, json.dumps({key: message}).encode())


async def bad_gateway(send: Send, call: HttpCall) -> None:
    head = TEXT | {"x-amzn-requestid": call.request_id}
    await send_whole(send, 502, head, b"Internal Server Error")
