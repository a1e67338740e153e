"""The console as an endpoint of its own: the page, what it asks for, and what it is told.

GET  /                       the page
GET  /api/functions          functions and endpoints
GET  /api/invocations        a line about each of the last invocations
GET  /api/invocations/{id}   one with all its events, and the commands that start it again
GET  /api/events             server-sent events: `snapshot`, then `timeline` as things happen;
                             `reload` when this reader has fallen too far behind
POST /api/invoke             sends a request through an endpoint: see `Order`
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from streambda.local.console.commands import commands
from streambda.local.console.origin_check import Guard
from streambda.local.console.recorder import Recorder, timeline
from streambda.local.console.send import NoAnswer, Outgoing, send
from streambda.local.model.functions import LocalFunction

PAGE = Path(__file__).with_name("page")


class Order(BaseModel):
    """What a page wants sent, and through which endpoint: its index in GET /api/functions."""

    endpoint: int
    method: str = "GET"
    path: str = "/"  # below the endpoint's URL, with its query
    headers: list[tuple[str, str]] = []
    body: str = ""


class Console:
    """Args: `endpoints` are those that the page offers; the first is Lambda's API."""

    def __init__(
        self,
        recorder: Recorder,
        functions: Iterable[LocalFunction],
        endpoints: Sequence[Any],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._recorder = recorder
        self._functions = functions
        self._endpoints = endpoints
        self._tasks = tasks

    def app(self) -> ASGIApp:
        routes = [
            Route("/api/functions", self.functions),
            Route("/api/invocations", self.invocations),
            Route("/api/invocations/{request_id}", self.invocation),
            Route("/api/events", self.events),
            Route("/api/invoke", self.invoke, methods=["POST"]),
            Mount("/", StaticFiles(directory=PAGE, html=True)),
        ]
        return Guard(ExceptionMiddleware(Router(routes, redirect_slashes=False)))

    async def functions(self, _: Request) -> Response:
        functions = [
            {
                "name": one.name,
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

    async def invocations(self, _: Request) -> Response:
        return JSONResponse(self._recorder.snapshot())

    async def invocation(self, request: Request) -> Response:
        request_id = request.path_params["request_id"]
        recording = self._recorder.find(request_id)
        if recording is None:
            return failed(404, f"invocation {request_id!r} is not, or no longer, recorded")
        again = commands(recording.began, self._endpoints[0].url)
        return JSONResponse({**timeline(recording), "commands": again})

    async def events(self, _: Request) -> Response:
        return StreamingResponse(self._feed(), media_type="text/event-stream")

    async def _feed(self) -> AsyncIterator[bytes]:
        with self._recorder.feed() as feed:
            async for messages in feed:
                yield messages

    async def invoke(self, request: Request) -> Response:
        try:
            order = Order.model_validate_json(await request.body())
            answer = await send(self._outgoing(order), self._tasks)
        except ValidationError as error:
            first = error.errors()[0]
            return failed(400, f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}")
        except ValueError as error:
            return failed(400, str(error))
        except NoAnswer as error:
            return failed(502, str(error))
        return JSONResponse(asdict(answer))

    def _outgoing(self, order: Order) -> Outgoing:
        if not 0 <= order.endpoint < len(self._endpoints):
            raise ValueError(
                f"endpoint is {order.endpoint}, expected 0 to {len(self._endpoints) - 1}"
            )
        if not order.path.startswith("/"):
            raise ValueError(f"path is {order.path!r}, expected one that begins with '/'")
        return Outgoing(
            endpoint_url=self._endpoints[order.endpoint].url,
            method=order.method,
            path=order.path,
            headers=tuple(order.headers),
            body=order.body.encode(),
        )


def failed(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)
