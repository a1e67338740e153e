"""How Lambda's API answers: event by event, buffered, or without waiting for the function."""

from collections.abc import Awaitable, Callable

from starlette.types import Send

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.lambda_api import eventstream
from streambda.local.endpoints.lambda_api.failed_events import describe_failed_event
from streambda.local.endpoints.lambda_api.invoke_request import InvokeRequest, LogType
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.http.buffered_response import read_buffered_response
from streambda.local.http.headers import CONTENT_TYPE
from streambda.local.http.response import (
    HttpResponse,
    send_chunk,
    send_end,
    send_response,
    send_start,
)
from streambda.local.http.streamed_response import discard
from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.stream import InvocationStream
from streambda.local.limits.limits import ResponseLimits
from streambda.local.limits.pacer import Pacer, ResponseTooLarge
from streambda.local.limits.response_timeouts import ResponseTimeouts

Respond = Callable[[InvokeRequest, InvocationStream, Send], Awaitable[None]]


class InvokeResponder:
    """Its public methods are `Respond`s, one for each kind of response."""

    def __init__(self, context: EndpointContext, inventory: Inventory) -> None:
        self._context = context
        self._inventory = inventory

    async def respond_accepted(
        self, request: InvokeRequest, stream: InvocationStream, send: Send
    ) -> None:
        """202, while the function runs."""
        self._context.run(self._run_event(request, stream))
        await send_response(send, HttpResponse(202, [request.request_id_header]))

    async def _run_event(self, request: InvokeRequest, stream: InvocationStream) -> None:
        await discard(stream)
        if stream.failure:
            config = self._inventory.find_event_invoke_config(request.function, request.qualifier)
            request_id = request.invocation.request_id
            if line := describe_failed_event(request_id, stream.failure, config):
                self._context.service.log(request.function.name, line)

    async def respond_with_events(
        self, request: InvokeRequest, stream: InvocationStream, send: Send
    ) -> None:
        """200, an event for every chunk, and InvokeComplete with the failure, if there is one."""
        content_type = (CONTENT_TYPE, eventstream.CONTENT_TYPE.encode())
        await send_start(send, 200, [*request.headers, content_type])
        cut = await self._send_events(request, stream, send)
        if cut:
            self._context.run_to_end(stream)
        failure = cut or stream.failure
        event = eventstream.encode_invoke_complete(
            error_code=failure.code if failure else None,
            error_details=failure.details if failure else None,
            log_result=None if cut else await wait_for_log_tail(request, stream),
        )
        await send_end(send, event)

    async def _send_events(
        self, request: InvokeRequest, stream: InvocationStream, send: Send
    ) -> Failure | None:
        """Returns why Lambda did not send all of them."""
        limits = ResponseLimits.of_lambda(self._context.limits, untimed=stream.untimed)
        try:
            async with ResponseTimeouts(total_s=limits.total_s, idle_s=None):
                await send_payload_chunks(send, stream, self._context.new_pacer(limits))
        except ResponseTooLarge:
            return failures.response_too_large(limits.max_bytes or 0)
        except TimeoutError:
            return failures.timeout(request.invocation.request_id, limits.total_s or 0)
        return None

    async def respond_buffered(
        self, request: InvokeRequest, stream: InvocationStream, send: Send
    ) -> None:
        """200 and the payload, whatever it is: a streamed response's prelude is part of it."""
        response = await read_buffered_response(stream, self._context.limits.buffered_response)
        headers = [*request.headers, (CONTENT_TYPE, b"application/json")]
        payload = response.payload
        if response.failure:
            headers.append((b"x-amz-function-error", failures.UNHANDLED.encode()))
            payload = failures.encode_document(response.failure)
        if tail := await wait_for_log_tail(request, stream):
            headers.append((b"x-amz-log-result", tail.encode()))
        await send_response(send, HttpResponse(200, headers, payload))


async def send_payload_chunks(send: Send, stream: InvocationStream, pacer: Pacer) -> None:
    """Raises `ResponseTooLarge`."""
    while (data := await stream.read_chunk()) is not None:
        await pacer.admit(len(data))
        await send_chunk(send, eventstream.encode_payload_chunk(data))


async def wait_for_log_tail(request: InvokeRequest, stream: InvocationStream) -> str | None:
    if request.log_type is not LogType.TAIL:
        return None
    # The last lines are there when the environment is free again.
    await stream.released.wait()
    return stream.logs.base64()
