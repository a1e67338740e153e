"""The chat as a FastAPI app. Nothing in it knows of Lambda: `uvicorn main:app` serves it too."""

from chat import HTML, PAGE, ROUTES, answer
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

app = FastAPI(title="Chat")


@app.get("/")
def page() -> Response:
    return Response(PAGE, headers=HTML)


async def chat(request: Request) -> Response:
    path, context = request.scope["route"].path, request.scope.get("aws.context")
    body = await request.body()
    given = await run_in_threadpool(answer, path, request.headers, body, context)
    if isinstance(given.content, bytes):
        return Response(given.content, given.status, dict(given.headers))
    return StreamingResponse(given.content, headers=given.headers)


for path in ROUTES:
    app.post(path)(chat)
