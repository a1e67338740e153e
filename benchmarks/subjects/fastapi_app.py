"""The FastAPI app that is measured: what starlette_app.py does, with FastAPI's own routes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse


async def make_items(count: int, size: int) -> AsyncIterator[bytes]:
    item = b"x" * (size - 1) + b"\n"
    for _ in range(count):
        yield item


app = FastAPI()


@app.get("/{count}/{size}/{pause_us}/{list_size}")
async def stream(count: int, size: int, pause_us: int, list_size: int) -> StreamingResponse:
    return StreamingResponse(make_items(count, size), media_type="application/octet-stream")
