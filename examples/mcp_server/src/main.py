"""An MCP server: progress, errors with structure, a question to the user, resources and a prompt.

`uvicorn main:app` serves it too: only the last line knows of Lambda.
"""

import asyncio
import hmac
import os
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp_types import (
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
    TextContent,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from streambda_runtime import mcp

BOOKS = {
    "Emma": "Emma Woodhouse, handsome, clever, and rich, with a comfortable home",
    "Moby-Dick": "Call me Ishmael. Some years ago, never mind how long precisely",
    "Walden": "When I wrote the following pages, or rather the bulk of them, I lived alone",
}
METADATA = "/.well-known/oauth-protected-resource"

server: MCPServer[Any] = MCPServer(
    "library", version="1.0.0", instructions="A small library.", log_level="WARNING"
)


@server.tool()
async def count_words(ctx: Context[Any, Any]) -> dict[str, int]:
    """Counts the words of each book, and reports each book when it is counted."""
    counts: dict[str, int] = {}
    for number, (title, text) in enumerate(BOOKS.items(), 1):
        counts[title] = len(text.split())
        await ctx.report_progress(number, len(BOOKS), title)
        await asyncio.sleep(0.2)
    return counts


@server.tool()
async def find_book(title: str) -> CallToolResult:
    """Finds a book. One that is not there is an error that a program can read."""
    if title in BOOKS:
        return CallToolResult(content=[TextContent(type="text", text=BOOKS[title])])
    return CallToolResult(
        is_error=True,
        content=[TextContent(type="text", text=f"There is no book {title!r}.")],
        structured_content={"code": "not_found", "title": title, "known": sorted(BOOKS)},
    )


@server.tool()
async def lend_book(title: str, ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Lends a book, after the user has said for how many days."""
    answer: Any = (ctx.input_responses or {}).get("days")
    if ctx.request_state is None or answer is None:
        schema = {"type": "object", "properties": {"days": {"type": "integer"}}}
        form = ElicitRequestFormParams(message="For how many days?", requested_schema=schema)
        # Lambda may give the answer to another environment: what is known so far goes with it.
        return InputRequiredResult(
            input_requests={"days": ElicitRequest(params=form)}, request_state=title
        )
    days = (answer.content or {}).get("days")
    return f"{ctx.request_state} is lent for {days} days." if days else "Nothing is lent."


@server.resource("library://catalogue", mime_type="text/plain")
def catalogue() -> str:
    """All titles."""
    return "\n".join(BOOKS)


@server.resource("library://books/{title}", mime_type="text/plain")
def book(title: str) -> str:
    """The beginning of one book."""
    if title not in BOOKS:
        raise ResourceNotFoundError(f"There is no book {title!r}.")
    return BOOKS[title]


@server.prompt()
def review(title: str) -> str:
    """Asks for a review of a book."""
    return f"Write a review of {title} in three sentences. It begins: {BOOKS.get(title, '')}"


@server.custom_route(f"{METADATA}/mcp", methods=["GET"])
async def describe(request: Request) -> Response:
    """Tells clients whose tokens to send (RFC 9728), where somebody issues tokens."""
    if "ISSUER" not in os.environ:
        return Response(status_code=404)
    return JSONResponse({
        "resource": f"{request.base_url}mcp",
        "authorization_servers": [os.environ["ISSUER"]],
        "bearer_methods_supported": ["header"],
    })  # fmt: skip


class ApiKey:
    """Lets in who sends the key in the header `x-api-key`."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self.app = app
        self.key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http" and METADATA not in scope["path"]:
            sent = Request(scope).headers.get("x-api-key", "").encode()
            if not hmac.compare_digest(sent, self.key):
                app = JSONResponse({"error": "x-api-key is missing or wrong"}, 401)
        await app(scope, receive, send)


app = server.streamable_http_app()
if "API_KEY" in os.environ:
    app.add_middleware(ApiKey, key=os.environ["API_KEY"])

handler = mcp(app)
