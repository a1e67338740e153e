"""The door that Lambda's own API is: Invoke and InvokeWithResponseStream, as the SDKs call them."""

import asyncio
import json
import uuid
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from streambda.local import eventstream, failures
from streambda.local.aws_errors import AwsError, ErrorAnswer, ErrorCode
from streambda.local.collected import collect
from streambda.local.environment import VERSION
from streambda.local.environments import TooManyRequests
from streambda.local.functions import LocalFunction
from streambda.local.http_message import (
    RequestTooLarge,
    chunk,
    discard,
    end,
    new_trace_id,
    read_body,
    send_whole,
    start,
)
from streambda.local.invocation_stream import InvocationStream
from streambda.local.service import LambdaService

STREAMING_PATH = "/2021-11-15/functions/{name}/response-streaming-invocations"
BUFFERED_PATH = "/2015-03-31/functions/{name}/invocations"

JSON = {"content-type": "application/json"}

Answer = Callable[["InvokeCall", InvocationStream, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeCall:
    function: LocalFunction
    kind: str
    tail: bool
    event: bytes
    client_context: str | None
    request_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"x-amzn-requestid": self.request_id, "x-amz-executed-version": VERSION}


@dataclass(frozen=True, slots=True)
class Operation:
    """One path of the API; an ASGI application."""

    service: LambdaService
    answers: dict[str, Answer]  # by X-Amz-Invocation-Type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            call = await self._read(Request(scope, receive))
            if call.kind == "DryRun":
                await send_whole(send, 204, call.headers, b"")
                return
            stream = self._invoke(call)
        except AwsError as error:
            answer = ErrorAnswer.of(error)
            await send_whole(send, answer.status, answer.headers, answer.body)
            return
        await self.answers[call.kind](call, stream, send)

    async def _read(self, request: Request) -> InvokeCall:
        given = request.headers
        function = self.service.names.find(
            request.path_params["name"], request.query_params.get("Qualifier")
        )
        kind = given.get("x-amz-invocation-type", "RequestResponse")
        expect("X-Amz-Invocation-Type", kind, (*self.answers, "DryRun"))
        log_type = given.get("x-amz-log-type", "None")
        expect("X-Amz-Log-Type", log_type, ("None", "Tail"))
        try:
            body = await read_body(request)
        except RequestTooLarge as error:
            raise AwsError(ErrorCode.REQUEST_TOO_LARGE, str(error)) from error
        return InvokeCall(
            function=function,
            kind=kind,
            tail=log_type == "Tail",
            event=checked_event(body),
            client_context=client_context(given.get("x-amz-client-context")),
            request_id=str(uuid.uuid4()),
        )

    def _invoke(self, call: InvokeCall) -> InvocationStream:
        try:
            return self.service.invoke(
                call.function,
                call.event,
                request_id=call.request_id,
                trace_id=new_trace_id(),
                client_context=call.client_context,
            )
        except TooManyRequests as error:
            raise AwsError(ErrorCode.TOO_MANY_REQUESTS, "Rate Exceeded.") from error


def invoke_door(service: LambdaService, tasks: asyncio.TaskGroup) -> Router:
    """`tasks` keeps the invocations whose caller does not wait."""

    async def accept(call: InvokeCall, stream: InvocationStream, send: Send) -> None:
        tasks.create_task(discard(stream))
        await send_whole(send, 202, {"x-amzn-requestid": call.request_id}, b"")

    streaming = Operation(service, {"RequestResponse": stream_events})
    buffered = Operation(service, {"RequestResponse": answer_whole, "Event": accept})
    return Router(
        [
            Route(STREAMING_PATH, streaming, methods=["POST"]),
            Route(BUFFERED_PATH, buffered, methods=["POST"]),
        ],
        redirect_slashes=False,
        default=unknown_operation,
    )


async def stream_events(call: InvokeCall, stream: InvocationStream, send: Send) -> None:
    """Every chunk an event, and then how it ended: also a failed function is HTTP 200."""
    await start(send, 200, raw(call.headers | {"content-type": eventstream.CONTENT_TYPE}))
    async for data in stream:
        await chunk(send, eventstream.payload_chunk(data))
    failure = stream.failure
    event = eventstream.invoke_complete(
        error_code=failure.code if failure else None,
        error_details=failure.details if failure else None,
        log_result=await log_result(call, stream),
    )
    await end(send, event)


async def answer_whole(call: InvokeCall, stream: InvocationStream, send: Send) -> None:
    collected = await collect(stream)
    head, body = call.headers | JSON, collected.body
    if collected.failure:
        head["x-amz-function-error"] = failures.UNHANDLED
        body = failures.document(collected.failure)
    if tail := await log_result(call, stream):
        head["x-amz-log-result"] = tail
    await send_whole(send, 200, head, body)


async def log_result(call: InvokeCall, stream: InvocationStream) -> str | None:
    if not call.tail:
        return None
    # The last lines are there when the environment is free again.
    await stream.released.wait()
    return stream.logs.base64()


async def unknown_operation(scope: Scope, receive: Receive, send: Send) -> None:
    error = AwsError(
        ErrorCode.UNKNOWN_OPERATION, f"no such call: {scope['method']} {scope['path']}"
    )
    answer = ErrorAnswer.of(error)
    await send_whole(send, answer.status, answer.headers, answer.body)


def expect(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        message = f"{name} is {value!r}, expected one of {', '.join(allowed)}"
        raise AwsError(ErrorCode.INVALID_PARAMETER_VALUE, message)


def checked_event(body: bytes) -> bytes:
    """An invocation without a payload has the empty object as its event."""
    try:
        json.loads(body or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError(ErrorCode.INVALID_REQUEST_CONTENT, message) from error
    return body or b"{}"


def client_context(value: str | None) -> str | None:
    """X-Amz-Client-Context, which the runtime gets as JSON."""
    if value is None:
        return None
    try:
        return json.dumps(json.loads(b64decode(value, validate=True)))
    except ValueError as error:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise AwsError(ErrorCode.INVALID_REQUEST_CONTENT, message) from error


def raw(pairs: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in pairs.items()]
