"""A Quart app that answers with what it was asked, in each way that an app can answer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from quart import Quart, Response, redirect, request

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

app = Quart(__name__)


@app.route("/echo", methods=METHODS)
@app.route("/echo/<path:rest>", methods=METHODS)
@app.route("/items/<item>", methods=METHODS)
async def echo(**parameters: str) -> dict[str, Any]:
    """What the app sees; below the stage, which is in front of the path at a REST API."""
    return {
        "method": request.method,
        "path": request.path,
        "query": list(request.args.items(multi=True)),
        "query_string": request.query_string.decode("latin-1"),
        "mine": sorted(
            (name.lower(), value)
            for name, value in request.headers.items()
            if name.lower().startswith("x-m")
        ),
        "content_type": request.content_type,
        "cookies": request.cookies,
        "body": (await request.get_data(True, False, False)).hex(),
        "url": request.url,
        "parameters": parameters,
    }


@app.get("/status/<int:code>")
async def status(code: int) -> tuple[str, int]:
    return "text", code


@app.get("/headers")
async def headers() -> Response:
    response = Response(b"\x00\xff", mimetype="application/octet-stream")
    response.headers["x-one"] = "one"
    response.headers.add("x-two", "1")
    response.headers.add("x-two", "2")
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2")
    return response


@app.get("/redirect")
async def redirected() -> Any:
    return redirect("/elsewhere?a=1", 307)


@app.route("/empty", methods=["GET", "PATCH"])
@app.get("/slash/")
async def empty() -> tuple[str, int]:
    return "", 204


@app.get("/broken")
async def broken() -> str:
    raise ValueError("broken")


@app.get("/large")
async def large() -> Response:
    return Response(b"x" * 3_000_000, mimetype="application/octet-stream")


@app.post("/form")
async def form() -> dict[str, Any]:
    files = await request.files
    return {
        "fields": list((await request.form).items(multi=True)),
        "files": {name: file.read().hex() for name, file in files.items()},
    }


@app.get("/stream")
async def stream() -> Response:
    async def chunks() -> AsyncIterator[str]:
        for number in range(5):
            yield f"data: {number}\n\n"

    return Response(chunks(), mimetype="text/event-stream")


def wait_for(gate: Path) -> None:
    """Returns once a byte can be read from the FIFO."""
    with gate.open("rb", buffering=0) as fifo:
        fifo.read(1)


@app.get("/gated")
async def gated() -> Response:
    """The second chunk is made only once the FIFO at `gate` has a byte."""
    gate = Path(request.args["gate"])

    async def chunks() -> AsyncIterator[str]:
        yield "first\n"
        await asyncio.to_thread(wait_for, gate)
        yield "second\n"

    return Response(chunks(), mimetype="text/plain")
