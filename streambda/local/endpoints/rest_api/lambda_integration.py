"""A Lambda proxy integration: invokes the function of a method, and sends its response.

A streamed integration needs a prelude and looks for it whatever the content type is; a buffered
one sends the JSON document that it got as a response.
"""

import asyncio
import json
from typing import Any

from starlette.types import Send

from streambda.local.endpoints.context import EndpointContext, Throttled
from streambda.local.endpoints.rest_api.binary_media_types import accepts_binary
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.http.buffered_response import (
    BufferedResponse,
    InvalidProxyResponse,
    parse_proxy_response,
    parse_streamed_response,
    read_buffered_response,
)
from streambda.local.http.headers import (
    REQUEST_ID,
    BadHeader,
    RawHeaders,
    add_content_type,
    encode_headers,
    merge_headers,
)
from streambda.local.http.prelude import PreludeError
from streambda.local.http.request import HttpRequest, RequestTooLarge, check_size
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.http.streamed_response import (
    ResponsePipeline,
    ResponseStart,
    read_prelude,
    send_stream,
)
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationRequest, InvocationStream
from streambda.local.limits.limits import ResponseLimits
from streambda.local.limits.pacer import ResponseTooLarge
from streambda.local.limits.response_timeouts import ResponseTimeouts
from streambda.local.model.function_names import qualify_arn
from streambda.local.model.functions import LocalFunction
from streambda.local.model.rest_apis import LambdaIntegration, Stage

# "Response transfer mode" in the API Gateway developer guide has a table of what goes together.
MISMATCH = (
    "ResponseTransferMode STREAM goes with …/response-streaming-invocations in the Uri, "
    "BUFFERED with …/invocations"
)


class LambdaIntegrationServer:
    """Args: `edge` is whether the API is edge-optimised."""

    def __init__(
        self, context: EndpointContext, *, edge: bool, binary_media_types: tuple[str, ...] = ()
    ) -> None:
        self._context = context
        self._edge = edge
        self._binary_media_types = binary_media_types

    async def serve(
        self,
        integration: LambdaIntegration,
        request: HttpRequest,
        event: dict[str, Any],
        stage: Stage,
        send: Send,
    ) -> None:
        """Raises `GatewayRefusal` as long as nothing has been sent."""
        function = self._context.service.names.find(integration.function_name)
        if not integration.supported:
            self._log(function, f"REST API answers 500: {MISMATCH}")
            raise GatewayRefusal(GatewayError.INTEGRATION_FAILURE)
        qualifier = stage.fill(integration.qualifier or "") or None
        arn = qualify_arn(function, qualifier)
        stream = self._invoke(function, request.to_invocation(arn, json.dumps(event).encode()))
        limits = ResponseLimits.of_rest_api(
            self._context.limits,
            edge=self._edge,
            streaming=integration.streaming,
            timeout_s=integration.timeout_s,
            untimed=stream.untimed,
        )
        respond = self._stream if integration.streaming else self._buffer
        try:
            await respond(stream, limits, request, send)
        except (PreludeError, BadHeader, InvalidProxyResponse) as error:
            self._log(function, f"REST API answers 502: {error}")
            self._context.run_to_end(stream)
            raise GatewayRefusal(GatewayError.BAD_GATEWAY) from error
        except (ResponseTooLarge, TimeoutError) as error:
            self._log(function, f"REST API ends the response early: {error}")
            self._context.run_to_end(stream)

    def _invoke(self, function: LocalFunction, request: InvocationRequest) -> InvocationStream:
        """Raises `GatewayRefusal`."""
        try:
            check_size(len(request.event), self._context.limits.event)
            return self._context.invoke(function, request)
        except RequestTooLarge as error:
            raise GatewayRefusal(GatewayError.EVENT_TOO_LONG, why=str(error)) from error
        except Throttled as error:
            raise GatewayRefusal(GatewayError.THROTTLED, why=str(error)) from error
        except TooManyRequests as error:
            raise GatewayRefusal(GatewayError.INTEGRATION_FAILURE, why=str(error)) from error

    async def _stream(
        self,
        stream: InvocationStream,
        limits: ResponseLimits,
        request: HttpRequest,
        send: Send,
    ) -> None:
        start: ResponseStart | None = None
        try:
            async with ResponseTimeouts(total_s=limits.total_s, idle_s=limits.idle_s) as reset_idle:
                start = await read_prelude(stream, self._context.limits.prelude)
                if start is None:
                    raise GatewayRefusal(GatewayError.BAD_GATEWAY)
                reset_idle()
                prelude = start.prelude
                headers = encode_headers(merge_headers(prelude), prelude.cookies)
                headers = complete_headers(headers, request)
                pipeline = ResponsePipeline(
                    pacer=self._context.new_pacer(limits), reset_idle=reset_idle
                )
                await send_stream(send, prelude.status, headers, start.first, stream, pipeline)
        except TimeoutError as error:
            if start:
                raise
            self._context.run_to_end(stream)
            raise GatewayRefusal(GatewayError.INTEGRATION_TIMEOUT) from error

    async def _buffer(
        self,
        stream: InvocationStream,
        limits: ResponseLimits,
        request: HttpRequest,
        send: Send,
    ) -> None:
        try:
            async with asyncio.timeout(limits.total_s):
                buffered = await read_buffered_response(
                    stream, self._context.limits.buffered_response
                )
        except TimeoutError as error:
            self._context.run_to_end(stream)
            raise GatewayRefusal(GatewayError.INTEGRATION_TIMEOUT) from error
        if buffered.failure:
            raise GatewayRefusal(GatewayError.BAD_GATEWAY)
        decode = accepts_binary(request.header("accept"), self._binary_media_types)
        response = parse_response(buffered, self._context.limits.prelude, decode=decode)
        headers = complete_headers(response.headers, request)
        await send_response(send, HttpResponse(response.status, headers, response.body))

    def _log(self, function: LocalFunction, line: str) -> None:
        self._context.service.log(function.name, line)


def parse_response(
    buffered: BufferedResponse, prelude_limit: int | None, *, decode: bool
) -> HttpResponse:
    """`decode` is for base64. Raises `PreludeError`, `BadHeader` and `InvalidProxyResponse`."""
    if not buffered.has_prelude:
        return parse_proxy_response(buffered.payload, decode=decode)
    # "Response transfer mode" in the API Gateway developer guide: a streaming function behind a
    # buffered integration gives its status and headers, and no body.
    response = parse_streamed_response(buffered.payload, prelude_limit)
    return HttpResponse(response.status, response.headers)


def complete_headers(headers: RawHeaders, request: HttpRequest) -> RawHeaders:
    """With what API Gateway adds: a content type if there is none, and the request's id."""
    headers = add_content_type(headers, b"application/json")
    return [*headers, (REQUEST_ID, request.request_id.encode())]
