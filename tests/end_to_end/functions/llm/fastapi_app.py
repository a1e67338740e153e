"""The same as a FastAPI app."""

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from model import answer_async  # type: ignore[import-not-found]
from routes import ROUTES  # type: ignore[import-not-found]

app = FastAPI()


async def serve(request: Request) -> StreamingResponse:
    read, headers = ROUTES[request.url.path]
    prompt, frames = read(await request.json())
    return StreamingResponse(frames(answer_async(prompt)), headers=headers)


for path in ROUTES:
    app.add_api_route(path, serve, methods=["POST"])
