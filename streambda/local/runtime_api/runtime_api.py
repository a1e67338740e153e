"""The Lambda Runtime API, server side, for one execution environment.

The runtime in the process asks for an invocation, and its response goes chunk by chunk to the
invocation's stream. Each environment has a port of its own, so that the caller of /next is known.
"""

import asyncio
import json
import logging
import uuid
from contextlib import suppress
from http import HTTPStatus
from typing import Self

from streambda.local.invocation import failures
from streambda.local.invocation.lifecycle import IllegalTransition, State
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.one_line import describe_error
from streambda.local.runtime_api.connection import BodyCutShort, HttpConnection
from streambda.local.runtime_api.errors import RuntimeApiError
from streambda.local.runtime_api.extensions import ExtensionErrorType
from streambda.local.runtime_api.page_check import check_page
from streambda.local.runtime_api.requests import HttpRequest
from streambda.local.runtime_api.responses import OK, choose_receiver, read_body, read_payload
from streambda.local.runtime_api.session import RuntimeSession, invalid_transition, timed_out
from streambda.local.runtime_api.socket_stream import SocketStream
from streambda.local.runtime_api.telemetry import APIS, Api

PREFIX = "/2018-06-01/runtime/"
EXTENSION_ID = "Lambda-Extension-Identifier"
EXTENSION_ERROR_TYPE = "lambda-extension-function-error-type"
FEATURES = "lambda-extension-accept-feature"
EXTENSION_ERRORS = {
    "init": ExtensionErrorType.INIT_ERROR,
    "exit": ExtensionErrorType.EXIT_ERROR,
}

# A runtime has one, an extension two or three: more would take descriptors from other functions.
MOST_CONNECTIONS = 100

INVOCATION_ID = "lambda-runtime-invocation-id"

# After so many turns of the event loop, all that was in the sockets before has been read.
TURNS = 5
LOOK_AGAIN_S = 0.05

logger = logging.getLogger("streambda.local")


class RuntimeApi:
    def __init__(self, session: RuntimeSession) -> None:
        self._session = session
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        # Of these, those of extensions that wait for an event: they outlive the runtime.
        self._waiting: set[asyncio.Task[None] | None] = set()
        # Those without a request: the runtime's, or kept open by an extension.
        self._idle: set[asyncio.Task[None] | None] = set()

    @property
    def address(self) -> str:
        """host:port, as AWS_LAMBDA_RUNTIME_API has it."""
        assert self._server is not None, "started by `async with`"
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SocketStream(self._accept), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None, "started by `async with`"
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def read_to_end(self) -> None:
        """Returns when all that a process sent before it ended has been read.

        An extension's connections stay open, also those on which it sends what the runtime says.
        """
        while True:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            busy = self._connections - self._waiting - self._idle
            if not busy:
                return
            await asyncio.wait(busy, timeout=LOOK_AGAIN_S)

    def _accept(self, socket: SocketStream) -> None:
        if len(self._connections) >= MOST_CONNECTIONS:
            socket.abort()
            return
        task = asyncio.create_task(self._serve(socket))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, socket: SocketStream) -> None:
        try:
            # If the process ended while we answered, who watches the process sees that too.
            with suppress(ConnectionError):
                await self._serve_requests(HttpConnection(socket))
        except BodyCutShort:
            pass
        except Exception as error:  # whatever it is, it is this connection's
            logger.error("the Runtime API failed: %s", describe_error(error))
        except asyncio.CancelledError:
            socket.abort()
            raise
        finally:
            await socket.close()

    async def _serve_requests(self, connection: HttpConnection) -> None:
        task = asyncio.current_task()
        while True:
            self._idle.add(task)
            try:
                request = await connection.read_request()
            finally:
                self._idle.discard(task)
            if request is None:
                return
            try:
                await self._route(request, connection)
            except RuntimeApiError as error:
                await refuse(connection, error)
            except IllegalTransition as error:
                late = error.state is State.TIMED_OUT
                await refuse(connection, timed_out() if late else invalid_transition(str(error)))
            if not connection.reusable:
                return

    async def _route(self, request: HttpRequest, connection: HttpConnection) -> None:
        check_page(request.headers)
        match request.method, request.path.removeprefix(PREFIX).split("/"):
            case "GET", ["invocation", "next"]:
                await self._send_next(connection)
            case "GET", ["restore", "next"]:
                await connection.drain()
                self._session.begin_restore()
                await connection.answer(200, b"")
            case "POST", ["init" | "restore", "error"]:
                self._session.fail_init(failures.runtime_report(await read_body(connection)))
                await connection.answer(202, OK)
            case "POST", ["invocation", request_id, "response"]:
                await self._receive_response(self._find(request_id, request), request, connection)
            case "POST", ["invocation", request_id, "error"]:
                stream = self._find(request_id, request)
                body = await read_payload(stream, connection)
                stream.report(failures.runtime_report(body))
                await connection.answer(202, OK)
            case "POST", ["", "2020-01-01", "extension", "register"]:
                await self._register_extension(request, connection)
            case "GET", ["", "2020-01-01", "extension", "event", "next"]:
                await self._send_extension_next(request, connection)
            case "POST", ["", "2020-01-01", "extension", ("init" | "exit") as phase, "error"]:
                await self._receive_extension_error(phase, request, connection)
            case "PUT", [*_] if api := APIS.get(request.path.removesuffix("/")):
                await self._subscribe(api, request, connection)
            case _:
                message = f"no such call: {request.method} {request.path}"
                raise RuntimeApiError(404, "ResourceNotFound", message)

    def _find(self, request_id: str, request: HttpRequest) -> InvocationStream:
        return self._session.find(request_id, request.headers.get(INVOCATION_ID))

    async def _send_next(self, connection: HttpConnection) -> None:
        await connection.drain()
        await self._session.wait_for_invocation(
            lambda stream: connection.put_answer(
                200, stream.request.event, next_response_headers(stream)
            )
        )
        await connection.flush()

    async def _register_extension(self, request: HttpRequest, connection: HttpConnection) -> None:
        body = await read_body(connection)
        name = request.headers.get("lambda-extension-name", "")
        identifier = self._session.extensions.register(name, body)
        document = dict(self._session.description)
        if "accountId" not in request.headers.get(FEATURES, ""):
            document.pop("accountId", None)
        headers = {EXTENSION_ID: identifier}
        await connection.answer(200, json.dumps(document).encode(), headers)

    async def _send_extension_next(self, request: HttpRequest, connection: HttpConnection) -> None:
        await connection.drain()
        identifier = request.headers.get(EXTENSION_ID.lower())
        task = asyncio.current_task()
        self._waiting.add(task)
        try:
            event = await self._session.extensions.wait_for_event(identifier)
        finally:
            self._waiting.discard(task)
        headers = {"Lambda-Extension-Event-Identifier": str(uuid.uuid4())}
        await connection.answer(200, json.dumps(event).encode(), headers)

    async def _receive_extension_error(
        self, phase: str, request: HttpRequest, connection: HttpConnection
    ) -> None:
        await connection.drain()
        self._session.extensions.report_error(
            request.headers.get(EXTENSION_ID.lower()),
            request.headers.get(EXTENSION_ERROR_TYPE),
            EXTENSION_ERRORS[phase],
        )
        await connection.answer(202, OK)

    async def _subscribe(self, api: Api, request: HttpRequest, connection: HttpConnection) -> None:
        body = await read_body(connection)
        extension = self._session.extensions.find(request.headers.get(EXTENSION_ID.lower()))
        self._session.telemetry.subscribe(extension.name, api, body)
        await connection.answer(200, b'"OK"', {"Content-Type": "text/plain"})

    async def _receive_response(
        self, stream: InvocationStream, request: HttpRequest, connection: HttpConnection
    ) -> None:
        try:
            await choose_receiver(request)(stream, request, connection)
        except BodyCutShort:
            if not stream.lifecycle.ended:
                stream.fail(failures.truncated_response())
            raise


async def refuse(connection: HttpConnection, error: RuntimeApiError) -> None:
    document = error_document(error.error_type, str(error))
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        # At once: the rest may be long.
        await connection.answer_json(error.status, document, close=True)
        await connection.drain()
        return
    await connection.drain()
    await connection.answer_json(error.status, document)


def error_document(error_type: str, message: str) -> dict[str, str]:
    return {"errorType": error_type, "errorMessage": message}


def next_response_headers(stream: InvocationStream) -> dict[str, str]:
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
