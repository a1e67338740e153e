"""How Lambda's API answers: event by event, at once, or without waiting for the function."""

from collections.abc import Awaitable, Callable

from starlette.types import Send

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.lambda_api import eventstream
from streambda.local.endpoints.lambda_api.invoke_request import InvokeCall
from streambda.local.http.messages import chunk, end, send_whole, start
from streambda.local.http.whole_response import collect
from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.stream import InvocationStream
from streambda.local.limits.pacing import OverLimit, Pace, Pacer
from streambda.local.limits.response_timeouts import response_timeouts

JSON = {"content-type": "application/json"}

Answer = Callable[[InvokeCall, InvocationStream, Send], Awaitable[None]]


class Answers:
    def __init__(self, context: EndpointContext) -> None:
        self._context = context

    async def accept(self, call: InvokeCall, stream: InvocationStream, send: Send) -> None:
        self._context.run_on(stream)
        await send_whole(send, 202, {"x-amzn-requestid": call.request.request_id}, b"")

    async def stream_events(self, call: InvokeCall, stream: InvocationStream, send: Send) -> None:
        """Every chunk an event, and then how it ended: also a failed function is HTTP 200."""
        await start(send, 200, raw(call.headers | {"content-type": eventstream.CONTENT_TYPE}))
        cut = await self._send_chunks(call, stream, send)
        if cut:
            self._context.run_on(stream)
        failure = cut or stream.failure
        event = eventstream.invoke_complete(
            error_code=failure.code if failure else None,
            error_details=failure.details if failure else None,
            log_result=None if cut else await log_result(call, stream),
        )
        await end(send, event)

    async def _send_chunks(
        self, call: InvokeCall, stream: InvocationStream, send: Send
    ) -> Failure | None:
        """Returns why Lambda did not carry all of them."""
        pace = Pace.of_lambda(self._context.limits)
        try:
            async with response_timeouts(total_s=pace.total_s, idle_s=None):
                await send_chunks(send, stream, pace.pacer(self._context.sleep))
        except OverLimit:
            return failures.response_too_large(pace.most_bytes or 0)
        except TimeoutError:
            return failures.timeout(call.request.request_id, pace.total_s or 0)
        return None

    async def whole(self, call: InvokeCall, stream: InvocationStream, send: Send) -> None:
        collected = await collect(stream, self._context.limits.buffered_response)
        head, body = call.headers | JSON, collected.body
        if collected.failure:
            head["x-amz-function-error"] = failures.UNHANDLED
            body = failures.encode_document(collected.failure)
        if tail := await log_result(call, stream):
            head["x-amz-log-result"] = tail
        await send_whole(send, 200, head, body)


async def send_chunks(send: Send, stream: InvocationStream, pacer: Pacer) -> None:
    """Raises `OverLimit`."""
    while (data := await stream.read_chunk()) is not None:
        await pacer.admit(len(data))
        await chunk(send, eventstream.payload_chunk(data))


async def log_result(call: InvokeCall, stream: InvocationStream) -> str | None:
    if not call.tail:
        return None
    # The last lines are there when the environment is free again.
    await stream.released.wait()
    return stream.logs.base64()


def raw(pairs: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in pairs.items()]
