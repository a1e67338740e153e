"""A Litestar app that answers with what it was asked, in each way that an app can answer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from litestar import HttpMethod, Litestar, MediaType, Request, Response, get, post, route
from litestar.datastructures import Cookie, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, ServerSentEvent, Stream

METHODS = [
    HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH,
    HttpMethod.DELETE, HttpMethod.OPTIONS,
]  # fmt: skip
AnyRequest = Request[Any, Any, Any]


async def read(request: AnyRequest) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.url.path,
        "query": list(request.query_params.multi_items()),
        "mine": sorted(
            (name, value) for name, value in request.headers.items() if name.startswith("x-m")
        ),
        "content_type": request.headers.get("content-type"),
        "cookies": request.cookies,
        "body": (await request.body()).hex(),
        "scheme": request.url.scheme,
        "host": request.url.netloc == request.headers["host"],
        "parameters": {name: str(value) for name, value in request.path_params.items()},
    }


@route(["/echo", "/echo/{rest:path}", "/items/{item:str}"], http_method=METHODS, status_code=200)
async def echo(request: AnyRequest) -> dict[str, Any]:
    """What the app sees; below the stage, which is in front of the path at a REST API."""
    seen = await read(request)
    return seen | {"path": seen["path"].removeprefix(request.scope.get("root_path", ""))}


@get("/status/{code:int}", media_type=MediaType.TEXT)
async def status(code: int) -> Response[str]:
    return Response("text", status_code=code)


@get("/headers")
async def headers() -> Response[bytes]:
    return Response(
        b"\x00\xff",
        media_type="application/octet-stream",
        headers={"x-one": "one", "x-two": "1, 2"},
        cookies=[Cookie(key="a", value="1", httponly=True), Cookie(key="b", value="2")],
    )


@get("/redirect")
async def redirect() -> Redirect:
    return Redirect("/elsewhere?a=1", status_code=307)


@route(["/empty", "/slash/"], http_method=[HttpMethod.GET, HttpMethod.PATCH], status_code=204)
async def empty() -> None:
    pass


@get("/broken")
async def broken() -> None:
    raise ValueError("broken")


@get("/large", media_type="application/octet-stream")
async def large() -> bytes:
    return b"x" * 3_000_000


@post("/form")
async def form(
    data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> dict[str, Any]:
    return {
        name: (await value.read()).hex() if isinstance(value, UploadFile) else value
        for name, value in data.items()
    }


@get("/validated")
async def validated(number: int) -> dict[str, int]:
    return {"number": number}


@get("/stream")
async def stream() -> ServerSentEvent:
    async def events() -> AsyncIterator[str]:
        for number in range(5):
            yield str(number)

    return ServerSentEvent(events())


def wait_for(gate: Path) -> None:
    """Returns once a byte can be read from the FIFO."""
    with gate.open("rb", buffering=0) as fifo:
        fifo.read(1)


@get("/gated")
async def gated(gate: str) -> Stream:
    """The second chunk is made only once the FIFO at `gate` has a byte."""

    async def chunks() -> AsyncIterator[str]:
        yield "first\n"
        await asyncio.to_thread(wait_for, Path(gate))
        yield "second\n"

    return Stream(chunks(), media_type=MediaType.TEXT)


app = Litestar(
    [
        echo, status, headers, redirect, empty, broken, large, form, validated, stream, gated,
    ]
)  # fmt: skip
