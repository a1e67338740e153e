"""An HTTP integration: calls the URL of a method, and passes its response on.

With the response transfer mode STREAM each chunk goes out as it comes, else the response is read
to its end first. Nothing here is an invocation: no function runs, and the console shows nothing.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import h11
from starlette.types import Message, Receive, Send

from streambda.local.endpoints.call_chains import MOST_CALLS, Address
from streambda.local.endpoints.context import EndpointContext, Throttled
from streambda.local.endpoints.rest_api.backend import (
    FAILURES,
    connect,
    describe_failure,
    refuse,
)
from streambda.local.endpoints.rest_api.binary_media_types import is_binary
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.endpoints.rest_api.integration_request import (
    BackendRequest,
    InvalidEndpointAddress,
    make_backend_request,
)
from streambda.local.endpoints.rest_api.integration_response import (
    NoMatchingResponse,
    choose_response,
    convert_body,
    map_headers,
    pass_headers_on,
)
from streambda.local.endpoints.rest_api.lambda_integration import complete_headers
from streambda.local.http.client_connection import ClientConnection
from streambda.local.http.headers import CONTENT_LENGTH as LENGTH
from streambda.local.http.headers import BadHeader, RawHeaders, remove_header
from streambda.local.http.request import HttpRequest
from streambda.local.http.response import (
    BODILESS,
    HttpResponse,
    send_chunk,
    send_end,
    send_response,
    send_start,
)
from streambda.local.limits.limits import ResponseLimits
from streambda.local.limits.response_timeouts import ResetIdle, ResponseTimeouts
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.rest_apis import Stage

RawPairs = list[tuple[bytes, bytes]]


class StartedSend:
    """A `send` that knows whether the response has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self._send(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request on its way, and what is known of it."""

    integration: HttpIntegration
    request: HttpRequest
    event: dict[str, Any]
    backend: BackendRequest
    limits: ResponseLimits
    send: StartedSend
    calls: int  # that endpoints have made for it, with this one


class HttpIntegrationServer:
    """Args: `edge` is whether the API is edge-optimised."""

    def __init__(
        self, context: EndpointContext, *, edge: bool, binary_media_types: tuple[str, ...] = ()
    ) -> None:
        self._context = context
        self._edge = edge
        self._binary_media_types = binary_media_types

    async def serve(
        self,
        integration: HttpIntegration,
        request: HttpRequest,
        event: dict[str, Any],
        stage: Stage,
        *,
        signed: bool,
        receive: Receive,
        send: Send,
    ) -> None:
        """Raises `GatewayRefusal` as long as nothing has been sent."""
        try:
            self._context.check_throttle(integration.uri)
            backend = make_backend_request(
                integration,
                request,
                event,
                stage,
                signed=signed,
                body=self._convert(request),
                locate=self._context.locate,
            )
        except Throttled as error:
            raise GatewayRefusal(GatewayError.THROTTLED, why=str(error)) from error
        except InvalidEndpointAddress as error:
            why = f"Invalid endpoint address: {error}"
            raise GatewayRefusal(GatewayError.API_CONFIGURATION, why=why) from error
        calls = self._context.chains.count((request.client, request.client_port)) + 1
        if calls > MOST_CALLS:
            why = f"a loop: endpoints of this app have called each other {MOST_CALLS} times"
            raise GatewayRefusal(
                GatewayError.API_CONFIGURATION, why=f"{why} for one request; next is {backend.url}"
            )
        limits = ResponseLimits.of_rest_api(
            self._context.limits,
            edge=self._edge,
            streaming=integration.streaming,
            timeout_s=integration.timeout_s,
        )
        exchange = Exchange(
            integration=integration,
            request=request,
            event=event,
            backend=backend,
            # 200 MB is a limit of Lambda.
            limits=replace(limits, max_bytes=None),
            send=StartedSend(send),
            calls=calls,
        )
        await until_client_leaves(self._respond(exchange), receive)

    def _convert(self, request: HttpRequest) -> bytes:
        """The body for the backend: without a binary type, bytes that are no text are lost."""
        if is_binary(request.header("content-type"), self._binary_media_types):
            return request.body
        return request.body.decode("utf-8", "replace").encode()

    async def _respond(self, exchange: Exchange) -> None:
        """Raises `GatewayRefusal` as long as nothing has been sent."""
        limits, backend, send = exchange.limits, exchange.backend, exchange.send
        streaming, verify = exchange.integration.streaming, exchange.integration.verify

        def follow(client: Address) -> AbstractContextManager[None]:
            return self._context.chains.follow(client, exchange.calls)

        idle_s = limits.idle_s if streaming else None
        try:
            async with ResponseTimeouts(total_s=limits.total_s, idle_s=idle_s) as reset_idle:
                try:
                    async with connect(backend, verify=verify, follow=follow) as (
                        connection,
                        head,
                    ):
                        if streaming:
                            await self._stream(exchange, connection, head, reset_idle)
                        else:
                            await self._buffer(exchange, connection, head)
                except FAILURES as error:
                    if not send.started:
                        raise refuse(error, backend) from error
                    self._tell_early_end(backend, describe_failure(error, backend))
        except TimeoutError as error:
            if not send.started:
                why = f"{backend.url} has not answered in time"
                raise GatewayRefusal(GatewayError.INTEGRATION_TIMEOUT, why=why) from error
            self._tell_early_end(backend, "it took too long")

    def _tell_early_end(self, backend: BackendRequest, reason: str) -> None:
        """The response has no end, so that the client sees that."""
        self._context.log(f"ends the response of {backend.url} early: {reason}")

    async def _stream(
        self,
        exchange: Exchange,
        connection: ClientConnection,
        head: h11.Response,
        reset_idle: ResetIdle,
    ) -> None:
        send, pacer = exchange.send, self._context.new_pacer(exchange.limits)
        headers = complete_headers(
            _pass_headers_on(list(head.headers), exchange.backend), exchange.request
        )
        if head.status_code in BODILESS:
            headers = remove_header(headers, LENGTH)  # of the body that it would have had
        reset_idle()
        await send_start(send, head.status_code, headers)
        async for data in connection.read_body():
            await pacer.admit(len(data))
            await send_chunk(send, data)
            reset_idle()
        await send_end(send)

    async def _buffer(
        self, exchange: Exchange, connection: ClientConnection, head: h11.Response
    ) -> None:
        headers: RawPairs = list(head.headers)
        body = await self._read_all(connection)
        status, own = self._translate(exchange, head.status_code, headers)
        request, send = exchange.request, exchange.send
        converted = convert_body(
            body,
            headers,
            accept=request.header("accept"),
            binary_media_types=self._binary_media_types,
        )
        completed = complete_headers(own, request)
        if request.method == "HEAD" and status not in BODILESS:
            # Its length is that of the body which a GET would have.
            await send_start(send, status, completed)
            await send_end(send)
        else:
            await send_response(
                send, HttpResponse(status, remove_header(completed, LENGTH), converted)
            )

    async def _read_all(self, connection: ClientConnection) -> bytes:
        limit = self._context.limits.rest_response
        body = bytearray()
        async for data in connection.read_body():
            body += data
            if limit is not None and len(body) > limit:
                why = f"the integration's response is larger than {limit} bytes"
                raise GatewayRefusal(GatewayError.API_CONFIGURATION, why=why)
        return bytes(body)

    def _translate(
        self, exchange: Exchange, status: int, headers: RawPairs
    ) -> tuple[int, RawHeaders]:
        """The status and the headers that the client gets."""
        integration = exchange.integration
        if integration.proxy:
            return status, _pass_headers_on(headers, exchange.backend)
        try:
            chosen = choose_response(integration, status)
            return chosen.status, map_headers(chosen, headers, exchange.event)
        except (NoMatchingResponse, BadHeader) as error:
            raise GatewayRefusal(GatewayError.API_CONFIGURATION, why=str(error)) from error


def _pass_headers_on(headers: RawPairs, backend: BackendRequest) -> RawHeaders:
    """Raises `GatewayRefusal`."""
    try:
        return pass_headers_on(headers)
    except BadHeader as error:
        raise GatewayRefusal(GatewayError.NETWORK_ERROR, why=f"{backend.url}: {error}") from error


async def until_client_leaves(respond: Coroutine[Any, Any, None], receive: Receive) -> None:
    """A backend that never ends is not read for a client that has left, nor for a closing cloud."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    responding = asyncio.create_task(respond)
    leaving = asyncio.create_task(watch())
    try:
        await asyncio.wait({responding, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        responding.cancel()
    await asyncio.wait({responding})
    if not responding.cancelled():
        responding.result()
