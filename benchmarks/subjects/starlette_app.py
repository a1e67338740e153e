"""The Starlette app that is measured: a stream of COUNT chunks of SIZE bytes.

The path is that of the generator handler, /COUNT/SIZE/PAUSE_US/LIST_SIZE; the last two are not
used. An item is x...x and a newline.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route


async def make_items(count: int, size: int) -> AsyncIterator[bytes]:
    item = b"x" * (size - 1) + b"\n"
    for _ in range(count):
        yield item


async def stream(request: Request) -> StreamingResponse:
    items = make_items(request.path_params["count"], request.path_params["size"])
    return StreamingResponse(items, media_type="application/octet-stream")


app = Starlette(routes=[Route("/{count:int}/{size:int}/{pause_us:int}/{list_size:int}", stream)])
