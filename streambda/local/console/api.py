"""The console as an HTTP application: the page, and the API that the page uses.

GET  /                       the page
GET  /api/functions          functions and endpoints
GET  /api/invocations        a summary of each of the last invocations
GET  /api/invocations/{id}   one invocation: all its events, and the commands that start it again
GET  /api/events             server-sent events: `snapshot`, then `timeline` as things happen;
                             another `snapshot` when this browser was too far behind
POST /api/invoke             sends a request to an endpoint: see `InvokeBody`
POST /api/invocations/{id}/send    sends the same event to the same function, by Lambda's API
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, ValidationError
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from streambda.local.console.http_client import (
    ClientRequest,
    NoResponse,
    build_invoke_request,
    send_request,
)
from streambda.local.console.origin_check import OriginCheck
from streambda.local.console.recorder import Recorder, describe_recording
from streambda.local.console.repeat_commands import build_repeat_commands
from streambda.local.model.endpoints import Endpoint
from streambda.local.model.functions import LocalFunction

PAGE = Path(__file__).with_name("page")


class InvokeBody(BaseModel):
    """The body of POST /api/invoke. `endpoint` is an index into those of GET /api/functions."""

    endpoint: int
    method: str = "GET"
    path: str = "/"  # below the endpoint's URL, with its query
    headers: list[tuple[str, str]] = []
    body: str = ""


class ConsoleApi:
    """Args:
    functions: All that the cloud has; it may change.
    endpoints: All that the cloud has; it may change. The first is Lambda's API.
    tasks: Keep the connections whose response is still being read.
    """

    def __init__(
        self,
        recorder: Recorder,
        functions: Iterable[LocalFunction],
        endpoints: Sequence[Endpoint],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._recorder = recorder
        self._functions = functions
        self._endpoints = endpoints
        self._tasks = tasks

    def build_app(self) -> ASGIApp:
        routes = [
            Route("/api/functions", self.list_functions),
            Route("/api/invocations", self.list_invocations),
            Route("/api/invocations/{request_id}", self.get_invocation),
            Route("/api/invocations/{request_id}/send", self.send_again, methods=["POST"]),
            Route("/api/events", self.stream_events),
            Route("/api/invoke", self.invoke, methods=["POST"]),
            Mount("/", StaticFiles(directory=PAGE, html=True)),
        ]
        return OriginCheck(ExceptionMiddleware(Router(routes, redirect_slashes=False)))

    async def list_functions(self, _: Request) -> Response:
        functions = [
            {
                "name": one.name,
                "short_name": one.short_name,
                "handler": one.handler,
                "runtime": one.runtime,
                "memory_mb": one.memory_mb,
                "timeout_s": one.timeout_s,
            }
            for one in self._functions
        ]
        return JSONResponse(
            {"functions": functions, "endpoints": [asdict(one) for one in self._endpoints]}
        )

    async def list_invocations(self, _: Request) -> Response:
        return JSONResponse(self._recorder.list_invocations())

    async def get_invocation(self, request: Request) -> Response:
        recording = self._recorder.find(request.path_params["request_id"])
        if recording is None:
            return no_recording(request)
        commands = build_repeat_commands(
            recording.began, self._endpoints[0].url, self._endpoints[0].region
        )
        return JSONResponse({**describe_recording(recording), "commands": commands})

    async def send_again(self, request: Request) -> Response:
        recording = self._recorder.find(request.path_params["request_id"])
        if recording is None:
            return no_recording(request)
        if not recording.began.has_whole_event:
            return error_response(400, "the event is too long and was not recorded whole")
        began, endpoint = recording.began, self._endpoints[0]
        again = build_invoke_request(endpoint.url, began.function, began.event.encode())
        try:
            response = await send_request(again, self._tasks)
        except NoResponse as error:
            return error_response(502, str(error))
        return JSONResponse(asdict(response))

    async def stream_events(self, _: Request) -> Response:
        return StreamingResponse(self._follow(), media_type="text/event-stream")

    async def _follow(self) -> AsyncIterator[bytes]:
        with self._recorder.follow() as queue:
            async for messages in queue:
                yield messages

    async def invoke(self, request: Request) -> Response:
        try:
            body = InvokeBody.model_validate_json(await request.body())
            response = await send_request(self._build_request(body), self._tasks)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "body"
            return error_response(400, f"{field}: {first['msg']}")
        except ValueError as error:
            return error_response(400, str(error))
        except NoResponse as error:
            return error_response(502, str(error))
        return JSONResponse(asdict(response))

    def _build_request(self, body: InvokeBody) -> ClientRequest:
        """Raises `ValueError`."""
        if not 0 <= body.endpoint < len(self._endpoints):
            raise ValueError(
                f"endpoint is {body.endpoint}, expected 0 to {len(self._endpoints) - 1}"
            )
        if not body.path.startswith("/"):
            raise ValueError(f"path is {body.path!r}, expected one that begins with '/'")
        return ClientRequest(
            endpoint_url=self._endpoints[body.endpoint].url,
            method=body.method,
            path=body.path,
            headers=tuple(body.headers),
            body=body.body.encode(),
        )


def no_recording(request: Request) -> Response:
    request_id = request.path_params["request_id"]
    return error_response(404, f"no recording of invocation {request_id!r}, or no longer")


def error_response(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)
