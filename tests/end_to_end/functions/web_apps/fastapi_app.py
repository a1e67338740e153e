"""A FastAPI app that answers with what it was asked, in each way that an app can answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import (
    BackgroundTasks,
    Cookie,
    Depends,
    FastAPI,
    HTTPException,
    Query,
    Request,
    WebSocket,
)
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from starlette.middleware.sessions import SessionMiddleware

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@asynccontextmanager
async def live(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    yield {"found": "in the lifespan"}


app = FastAPI(lifespan=live)


class Item(BaseModel):
    name: str
    price: float = 1.5


@app.api_route("/echo", methods=METHODS, include_in_schema=False)
@app.api_route("/echo/{rest:path}", methods=METHODS, include_in_schema=False)
@app.api_route("/items/{item}", methods=METHODS, include_in_schema=False)
async def echo(request: Request) -> dict[str, Any]:
    """What the app sees; below `root_path`, for a stage is in front of the path at a REST API."""
    root, path = request.scope["root_path"], request.scope["path"]
    return {
        "method": request.method,
        "path": path.removeprefix(root),
        "query": request.query_params.multi_items(),
        "mine": sorted(
            (name, value) for name, value in request.headers.items() if name.startswith("x-m")
        ),
        "content_type": request.headers.get("content-type"),
        "cookies": request.cookies,
        "body": (await request.body()).hex(),
        "url": str(request.url),
        "parameters": request.path_params,
    }


@app.get("/status/{code}", response_class=PlainTextResponse)
def status(code: int, response: Response) -> str:
    response.status_code = code
    return "text"


@app.get("/headers")
def headers() -> Response:
    response = Response(b"\x00\xff", media_type="application/octet-stream")
    response.headers["x-one"] = "one"
    response.headers.append("x-two", "1")
    response.headers.append("x-two", "2")
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2")
    return response


@app.get("/redirect")
def redirect() -> RedirectResponse:
    return RedirectResponse("/elsewhere?a=1", 307)


@app.api_route("/empty", methods=["GET", "PATCH"], status_code=204, include_in_schema=False)
@app.get("/slash/", status_code=204)
def empty() -> None:
    pass


@app.get("/broken")
def broken() -> None:
    raise ValueError("broken")


@app.get("/forbidden")
def forbidden() -> None:
    raise HTTPException(403, {"reason": "no"}, headers={"x-reason": "no"})


@app.get("/large")
def large() -> Response:
    return Response(b"x" * 3_000_000, media_type="application/octet-stream")


@app.get("/validated")
def validated(number: int, many: Annotated[list[str] | None, Query()] = None) -> dict[str, Any]:
    return {"number": number, "many": many}


@app.post("/items", status_code=201)
async def create(item: Item, session: Annotated[str | None, Cookie()] = None) -> Item:
    return Item(name=f"{item.name} {session}", price=item.price * 2)


def open_resource() -> Iterator[str]:
    yield "resource"


@app.get("/depends")
def depends(resource: Annotated[str, Depends(open_resource)]) -> str:
    return resource


class Resource:
    is_open = True


def open_closable() -> Iterator[Resource]:
    resource = Resource()
    yield resource
    resource.is_open = False


@app.get("/depends-stream")
def depends_stream(resource: Annotated[Resource, Depends(open_closable)]) -> StreamingResponse:
    """A dependency is open until the last chunk."""
    return StreamingResponse(f"{resource.is_open}\n" for _ in range(3))


@app.get("/state")
def state(request: Request) -> str:
    return str(request.state.found)


@app.websocket("/socket")
async def socket(socket: WebSocket) -> None:
    await socket.accept()


@app.get("/stream")
def stream() -> StreamingResponse:
    def chunks() -> Iterator[str]:
        for number in range(5):
            yield f"data: {number}\n\n"

    return StreamingResponse(chunks(), media_type="text/event-stream")


@app.get("/sse", response_class=EventSourceResponse)
async def sse() -> AsyncIterator[ServerSentEvent | Item]:
    """FastAPI's own server-sent events."""
    yield ServerSentEvent(comment="begins")
    for number in range(3):
        yield ServerSentEvent(data={"é": number}, event="number", id=str(number))
    yield Item(name="plain")


@app.get("/lines")
def lines() -> Iterator[Item]:
    """A plain generator: FastAPI sends a line of JSON for each item."""
    for number in range(3):
        yield Item(name=f"é{number}")


def wait_for(gate: Path) -> None:
    """Returns once a byte can be read from the FIFO."""
    with gate.open("rb", buffering=0) as fifo:
        fifo.read(1)


@app.get("/gated")
def gated(gate: Path, told: Path, background: BackgroundTasks) -> StreamingResponse:
    """The second chunk is made only once the FIFO at `gate` has a byte."""

    def chunks() -> Iterator[str]:
        yield "first\n"
        wait_for(gate)
        yield "second\n"

    background.add_task(told.write_text, "told")
    return StreamingResponse(chunks(), media_type="text/plain")


@app.get("/gated-sse", response_class=EventSourceResponse)
async def gated_sse(gate: Path) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(raw_data="first")
    await asyncio.to_thread(wait_for, gate)
    yield ServerSentEvent(raw_data="second")


@app.get("/gated-lines")
def gated_lines(gate: Path) -> Iterator[str]:
    yield "first"
    wait_for(gate)
    yield "second"


below = FastAPI()
below.add_middleware(GZipMiddleware, minimum_size=10)
below.add_middleware(SessionMiddleware, secret_key="not one")
below.add_middleware(CORSMiddleware, allow_origins=["https://a.example"], allow_methods=["PUT"])
app.mount("/below", below)


@below.get("/where")
def where(request: Request) -> dict[str, str]:
    return {
        "root": request.scope["root_path"],
        "url": str(request.url),
        "there": str(request.url_for("where")),
        "state": str(request.state.found),
    }


@below.get("/visits")
def visits(request: Request) -> int:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return int(request.session["visits"])


@below.get("/lines")
def many_lines() -> StreamingResponse:
    return StreamingResponse((f"{number}" * 100 for number in range(5)), media_type="text/plain")
