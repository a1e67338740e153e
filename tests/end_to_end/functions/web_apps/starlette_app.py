"""A Starlette app that answers with what it was asked, in each way that an app can answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


async def echo(request: Request) -> Response:
    """What the app sees; below `root_path`, for a stage is in front of the path at a REST API."""
    root, path = request.scope["root_path"], request.scope["path"]
    raw = request.scope["raw_path"].decode("latin-1")
    return JSONResponse(
        {
            "method": request.method,
            "path": path.removeprefix(root),
            "raw_path": raw.removeprefix(root),
            "query": list(request.query_params.multi_items()),
            "mine": sorted(
                (name, value) for name, value in request.headers.items() if name.startswith("x-m")
            ),
            "content_type": request.headers.get("content-type"),
            "cookies": request.cookies,
            "body": (await request.body()).hex(),
            "scheme": request.url.scheme,
            "host": request.url.hostname == request.base_url.hostname,
            "parameters": dict(request.path_params),
        }
    )


async def status(request: Request) -> Response:
    return PlainTextResponse("text", int(request.path_params["code"]))


async def headers(request: Request) -> Response:
    response = Response(b"\x00\xff", media_type="application/octet-stream")
    response.headers["x-one"] = "one"
    response.headers.append("x-two", "1")
    response.headers.append("x-two", "2")
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2")
    return response


async def redirect(request: Request) -> Response:
    return RedirectResponse("/elsewhere?a=1", 307)


async def empty(request: Request) -> Response:
    return Response(status_code=204)


async def broken(request: Request) -> Response:
    raise ValueError("broken")


async def large(request: Request) -> Response:
    return Response(b"x" * 3_000_000, media_type="application/octet-stream")


async def stream(request: Request) -> Response:
    async def chunks() -> AsyncIterator[str]:
        for number in range(5):
            yield f"data: {number}\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(chunks(), media_type="text/event-stream")


async def never(request: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


def wait_for(gate: Path) -> None:
    """Returns once a byte can be read from the FIFO."""
    with gate.open("rb", buffering=0) as fifo:
        fifo.read(1)


async def gated(request: Request) -> Response:
    """The second chunk is made only once the FIFO at `gate` has a byte."""
    gate, told = Path(request.query_params["gate"]), Path(request.query_params["told"])

    async def chunks() -> AsyncIterator[str]:
        yield "first\n"
        await asyncio.to_thread(wait_for, gate)
        yield "second\n"

    background = BackgroundTask(told.write_text, json.dumps("told"))
    return StreamingResponse(chunks(), media_type="text/plain", background=background)


app = Starlette(
    routes=[
        Route("/echo", echo, methods=METHODS),
        Route("/echo/{rest:path}", echo, methods=METHODS),
        Route("/items/{item}", echo, methods=METHODS),
        Route("/status/{code:int}", status),
        Route("/headers", headers),
        Route("/redirect", redirect),
        Route("/empty", empty, methods=METHODS),
        Route("/broken", broken),
        Route("/large", large),
        Route("/stream", stream),
        Route("/gated", gated),
        Route("/never", never),
        Route("/slash/", empty),
    ]
)
