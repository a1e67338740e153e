"""The Function URL endpoint: HTTP in, an invocation, HTTP out as the function makes it.

With the prelude's content type, status and headers come from the prelude. Without, the response is
200 with the runtime's content type, and whatever the function sends is the body.
"""

import json
import re

from starlette.types import Receive, Scope, Send

from streambda.local.auth.signature import SignatureError, Unsigned
from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.function_url import cors
from streambda.local.endpoints.function_url.event import make_function_url_event
from streambda.local.faults.effects import Gunzip, is_gzip, remove_gzip_headers
from streambda.local.http.buffered_response import (
    BufferedResponse,
    InvalidProxyResponse,
    parse_proxy_response,
    parse_streamed_response,
    read_buffered_response,
)
from streambda.local.http.headers import (
    CONTENT_TYPE,
    REQUEST_ID,
    BadHeader,
    RawHeaders,
    add_content_type,
    encode_headers,
    merge_headers,
    rename_header,
)
from streambda.local.http.prelude import WHOLE, Prelude, PreludeError, is_proxy_response
from streambda.local.http.request import HttpRequest, RequestTooLarge, check_size, read_request
from streambda.local.http.response import HttpResponse, add_headers, send_response
from streambda.local.http.streamed_response import (
    ResponsePipeline,
    ResponseStart,
    read_response_start,
    send_stream,
)
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream
from streambda.local.limits.limits import ResponseLimits
from streambda.local.limits.pacer import ResponseTooLarge
from streambda.local.limits.response_timeouts import ResponseTimeouts
from streambda.local.model.function_names import qualify_arn
from streambda.local.model.functions import FunctionUrl, LocalFunction

JSON = (CONTENT_TYPE, b"application/json")

# Of a response that a managed runtime sends whole.
WHOLE_HEADERS = (("content-type", "application/json"),)
UNWRAPPED = "its handler does not stream"

# The answer to an unsigned request, since October 2025.
FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, "
    "see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)

# A length counted by the function says nothing about a chunked message. AWS renames the header.
REMAPPED = "x-amzn-remapped-content-length"

# Of an SDK whose endpoint is this URL: it cannot read what the function answers.
LAMBDA_API_PATH = re.compile(r"/20\d\d-\d\d-\d\d/functions/")


class FunctionUrlEndpoint:
    def __init__(self, url: FunctionUrl, function: LocalFunction, context: EndpointContext) -> None:
        self._url = url
        self._function = function
        self._arn = qualify_arn(function, url.qualifier)
        self._context = context
        self._has_hinted = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._has_hinted and LAMBDA_API_PATH.match(scope["path"]):
            self._has_hinted = True
            self._context.log(
                f"gets a request for Lambda's API, {scope['path']}: the endpoint of an SDK is the "
                "URL of the Lambda API"
            )
        try:
            request = await read_request(scope, receive, self._context.limits.event)
            if self._url.cors and cors.is_preflight(request):
                pairs = cors.make_preflight_headers(self._url.cors, request)
                headers = [*encode_headers(pairs), request_id_header(request)]
                await send_response(send, HttpResponse(200, headers))
                return
            stream = self._invoke(request)
        except RequestTooLarge as error:
            self._context.log_refusal(scope, 413, str(error))
            await send_error(send, 413, "Message", str(error))
        except SignatureError as error:
            self._context.log_refusal(scope, 403, str(error))
            await send_signature_error(send, error)
        except TooManyRequests as error:
            self._context.log_refusal(scope, 429, str(error))
            await send_error(send, 429, "Message", "Rate Exceeded.")
        else:
            cors_headers = cors.make_response_headers(self._url.cors, request)
            await self._respond(stream, request, add_headers(send, cors_headers))

    def _invoke(self, request: HttpRequest) -> InvocationStream:
        """Raises `RequestTooLarge`, `SignatureError` and `TooManyRequests`."""
        guard = self._context.guard
        caller = guard.identify_signer(request, "lambda") if self._url.iam else None
        event = make_function_url_event(request, self._url.logical_id.lower(), caller)
        data = json.dumps(event).encode()
        check_size(len(data), self._context.limits.event)
        invocation = request.to_invocation(self._arn, data)
        return self._context.invoke(self._function, invocation)

    async def _respond(self, stream: InvocationStream, request: HttpRequest, send: Send) -> None:
        respond = self._stream if self._url.streaming else self._buffer
        try:
            await respond(stream, request, send)
        except (PreludeError, BadHeader) as error:
            self._log(f"function URL answers 502: {error}")
            self._context.run_to_end(stream)
            await send_bad_gateway(send, request)
        except (ResponseTooLarge, TimeoutError) as error:
            self._log(f"function URL ends the response early: {error}")
            self._context.run_to_end(stream)

    async def _stream(self, stream: InvocationStream, request: HttpRequest, send: Send) -> None:
        limits = ResponseLimits.of_lambda(self._context.limits, untimed=stream.untimed)
        start: ResponseStart | None = None
        try:
            async with ResponseTimeouts(total_s=limits.total_s, idle_s=limits.idle_s) as reset_idle:
                start = await read_response_start(stream, self._context.limits.prelude)
                if start is None:
                    await send_bad_gateway(send, request)
                    return
                if start.prelude.headers == WHOLE_HEADERS and is_proxy_response(start.first):
                    self._log(f"function URL sends {WHOLE}, as the body: {UNWRAPPED}")
                headers = make_headers(start.prelude, request)
                unpack = None
                if self._context.faults.gunzip and is_gzip(headers):
                    headers, unpack = remove_gzip_headers(headers), Gunzip()
                pipeline = ResponsePipeline(
                    pacer=self._context.new_pacer(limits), reset_idle=reset_idle, unpack=unpack
                )
                status = start.prelude.status
                await send_stream(send, status, headers, start.first, stream, pipeline)
        except TimeoutError:
            if start is None:
                await send_bad_gateway(send, request)
            raise

    async def _buffer(self, stream: InvocationStream, request: HttpRequest, send: Send) -> None:
        limits = self._context.limits
        buffered = await read_buffered_response(stream, limits.buffered_response)
        if buffered.failure:
            await send_bad_gateway(send, request)
            return
        response = infer_response(buffered, limits.prelude)
        headers = [*response.headers, request_id_header(request)]
        await send_response(send, HttpResponse(response.status, headers, response.body))

    def _log(self, line: str) -> None:
        self._context.service.log(self._function.name, line)


def make_headers(prelude: Prelude, request: HttpRequest) -> RawHeaders:
    """Of a streamed response. Raises `BadHeader`."""
    pairs = rename_header(merge_headers(prelude), "content-length", REMAPPED)
    headers = encode_headers(pairs, prelude.cookies)
    headers = add_content_type(headers, b"application/octet-stream")
    return [*headers, request_id_header(request)]


def infer_response(buffered: BufferedResponse, prelude_limit: int | None) -> HttpResponse:
    """A payload that is not a response is the body of one. Raises `PreludeError`, `BadHeader`."""
    if buffered.has_prelude:
        return parse_streamed_response(buffered.payload, prelude_limit)
    try:
        return parse_proxy_response(buffered.payload, inferred=True)
    except InvalidProxyResponse:
        return HttpResponse(200, [JSON], buffered.payload)


def request_id_header(request: HttpRequest) -> tuple[bytes, bytes]:
    return REQUEST_ID, request.request_id.encode()


async def send_signature_error(send: Send, error: SignatureError) -> None:
    """An unsigned request gets another answer than one whose signature is wrong."""
    if isinstance(error, Unsigned):
        await send_error(send, 403, "Message", FORBIDDEN, "AccessDeniedException")
    else:
        await send_error(send, 403, "message", str(error), error.exception)


async def send_error(
    send: Send, status: int, key: str, message: str, exception: str | None = None
) -> None:
    """`key` is the message's name, which the service does not always write the same way."""
    headers = [JSON]
    if exception:
        headers.append((b"x-amzn-errortype", exception.encode()))
    await send_response(send, HttpResponse(status, headers, json.dumps({key: message}).encode()))


async def send_bad_gateway(send: Send, request: HttpRequest) -> None:
    headers = [(CONTENT_TYPE, b"text/plain"), request_id_header(request)]
    await send_response(send, HttpResponse(502, headers, b"Internal Server Error"))
