"""The Lambda Runtime API, server side, for one execution environment.

The process asks for an invocation, and what it answers goes chunk by chunk to the invocation's
stream. Each environment has a port of its own, so that the caller of /next is known.
"""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Self

from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import IllegalTransition, State
from streambda.local.invocation.stream import InvocationStream, ResponseHead
from streambda.local.runtime_api.connection import BodyCutShort, HttpConnection
from streambda.local.runtime_api.requests import HttpRequest
from streambda.local.runtime_api.session import (
    Refused,
    RuntimeSession,
    invalid_transition,
    timed_out,
)
from streambda.local.runtime_api.transport import Peer

PREFIX = "/2018-06-01/runtime/"
OK = {"status": "OK"}

# 6 MiB of payload and 100 bytes of envelope: the emulator that AWS publishes counts the same way.
MOST_BUFFERED_BYTES = 6 * 1024 * 1024 + 100

# Lambda's HTTP server refuses a longer trailer section: net/http of Go reads it through a buffer
# of this size ("suspiciously long trailer after chunked body").
MOST_TRAILER_BYTES = 4096

MODE = "lambda-runtime-function-response-mode"
INVOCATION_ID = "lambda-runtime-invocation-id"
ERROR_TYPE = "lambda-runtime-function-error-type"
ERROR_BODY = "lambda-runtime-function-error-body"

DEFAULT_CONTENT_TYPE = "application/octet-stream"

Answer = Callable[[InvocationStream, HttpRequest, HttpConnection], Awaitable[None]]


class RuntimeApi:
    def __init__(self, session: RuntimeSession) -> None:
        self._session = session
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """host:port, as AWS_LAMBDA_RUNTIME_API has it."""
        assert self._server is not None, "started by `async with`"
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Peer(self._connected), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None, "started by `async with`"
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def settled(self) -> None:
        """Returns when every connection has been read to its end: the process is gone."""
        if self._connections:
            await asyncio.wait(self._connections)

    def _connected(self, peer: Peer) -> None:
        task = asyncio.create_task(self._serve(peer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, peer: Peer) -> None:
        try:
            # A peer that went away while we answered is seen again by the process's watcher.
            with suppress(ConnectionError):
                await self._converse(HttpConnection(peer))
        except asyncio.CancelledError:
            peer.abort()
            raise
        finally:
            await peer.close()

    async def _converse(self, connection: HttpConnection) -> None:
        while request := await connection.request():
            try:
                await self._route(request, connection)
            except Refused as refused:
                await refuse(connection, refused)
            except IllegalTransition as error:
                late = error.state is State.TIMED_OUT
                await refuse(connection, timed_out() if late else invalid_transition(str(error)))
            except BodyCutShort:
                return
            if not connection.reusable:
                return

    async def _route(self, request: HttpRequest, connection: HttpConnection) -> None:
        match request.method, request.path.removeprefix(PREFIX).split("/"):
            case "GET", ["invocation", "next"]:
                await self._next(connection)
            case "GET", ["restore", "next"]:
                await connection.drain()
                self._session.restore()
                await connection.answer(200, b"")
            case "POST", ["init" | "restore", "error"]:
                self._session.init_failed(failures.runtime_report(await whole_body(connection)))
                await connection.answer_json(202, OK)
            case "POST", ["invocation", request_id, "response"]:
                await self._response(self._find(request_id, request), request, connection)
            case "POST", ["invocation", request_id, "error"]:
                stream = self._find(request_id, request)
                stream.report(failures.runtime_report(await whole_body(connection)))
                await connection.answer_json(202, OK)
            case _:
                message = f"no such call: {request.method} {request.path}"
                raise Refused(404, "ResourceNotFound", message)

    def _find(self, request_id: str, request: HttpRequest) -> InvocationStream:
        return self._session.find(request_id, request.headers.get(INVOCATION_ID))

    async def _next(self, connection: HttpConnection) -> None:
        await connection.drain()
        stream = await self._session.next()
        await connection.answer(200, stream.request.event, next_headers(stream))

    async def _response(
        self, stream: InvocationStream, request: HttpRequest, connection: HttpConnection
    ) -> None:
        mode = request.headers.get(MODE)
        answers: dict[str | None, Answer] = {"streaming": stream_response, None: collect_response}
        try:
            await answers.get(mode, refuse_mode)(stream, request, connection)
        except BodyCutShort:
            if not stream.lifecycle.ended:
                stream.fail(failures.truncated_response())
            raise


async def stream_response(
    stream: InvocationStream, request: HttpRequest, connection: HttpConnection
) -> None:
    stream.respond(ResponseHead(content_type=content_type(request)))
    async for data in connection.body():
        await stream.write(data)
    trailers = connection.trailers
    if trailer_bytes(trailers) > MOST_TRAILER_BYTES:
        stream.fail(failures.truncated_response())
        message = f"the trailer section has more than {MOST_TRAILER_BYTES} bytes"
        raise Refused(400, "TruncatedHTTPRequest", message)
    if failure := trailer_failure(trailers, request.headers.get("trailer", "")):
        stream.fail(failure)
    else:
        stream.complete()
    await connection.answer_json(202, OK)


async def collect_response(
    stream: InvocationStream, request: HttpRequest, connection: HttpConnection
) -> None:
    body = bytearray()
    async for data in connection.body():
        body += data
        if len(body) > MOST_BUFFERED_BYTES:
            stream.fail(failures.response_too_large(MOST_BUFFERED_BYTES))
            message = f"the response has more than {MOST_BUFFERED_BYTES} bytes"
            document = error_document("RequestEntityTooLarge", message)
            await connection.answer_json(413, document, close=True)
            await connection.drain()
            return
    stream.respond(ResponseHead(content_type=content_type(request)))
    # The answer must not wait for a slow client: the runtime has nothing left to send.
    stream.put(bytes(body))
    stream.complete()
    await connection.answer_json(202, OK)


async def refuse_mode(
    stream: InvocationStream, request: HttpRequest, connection: HttpConnection
) -> None:
    mode = request.headers[MODE]
    stream.fail(failures.invalid_response_mode(mode))
    message = f"Lambda-Runtime-Function-Response-Mode is {mode!r}, expected 'streaming'"
    raise Refused(400, "InvalidFunctionResponseMode", message)


async def refuse(connection: HttpConnection, refused: Refused) -> None:
    await connection.drain()
    document = error_document(refused.error_type, str(refused))
    await connection.answer_json(refused.status, document)


async def whole_body(connection: HttpConnection) -> bytes:
    return b"".join([data async for data in connection.body()])


def error_document(error_type: str, message: str) -> dict[str, str]:
    return {"errorType": error_type, "errorMessage": message}


def content_type(request: HttpRequest) -> str:
    return request.headers.get("content-type", DEFAULT_CONTENT_TYPE)


def next_headers(stream: InvocationStream) -> dict[str, str]:
    request = stream.request
    values = {
        "Lambda-Runtime-Aws-Request-Id": request.request_id,
        "Lambda-Runtime-Invocation-Id": request.invocation_id,
        "Lambda-Runtime-Deadline-Ms": str(stream.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": request.function_arn,
        "Lambda-Runtime-Trace-Id": request.trace_id,
        "Lambda-Runtime-Client-Context": request.client_context,
        "Lambda-Runtime-Cognito-Identity": request.cognito_identity,
        "Lambda-Runtime-Aws-Tenant-Id": request.tenant_id,
    }
    return {name: value for name, value in values.items() if value is not None}


def trailer_bytes(trailers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) + len(": \r\n") for name, value in trailers.items()) + 2


def trailer_failure(trailers: Mapping[str, str], declared: str) -> Failure | None:
    """The error that the trailers tell of. Lambda drops what `Trailer` did not announce."""
    names = {name.strip().lower() for name in declared.split(",")}
    honoured = {name: value for name, value in trailers.items() if name in names}
    if ERROR_TYPE not in honoured and ERROR_BODY not in honoured:
        return None
    return Failure(
        code=honoured.get(ERROR_TYPE, failures.UNHANDLED),
        details=decoded(honoured.get(ERROR_BODY)),
    )


def decoded(value: str | None) -> str | None:
    """The error body; one that is not base64 is shown as it came."""
    if value is None:
        return None
    try:
        return b64decode(value, validate=True).decode("utf-8", "replace")
    except ValueError:
        return value
