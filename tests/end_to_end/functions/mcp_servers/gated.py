"""Servers whose tools wait at a gate, for tests of what arrives while a tool runs."""

import asyncio
import os
from pathlib import Path
from typing import Any

from fastmcp import Context as FastContext
from fastmcp import FastMCP
from mcp.server import MCPServer
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult

from streambda_runtime import mcp

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}


def wait(gate: str) -> None:
    with Path(gate).open("rb", buffering=0) as fifo:
        fifo.read(1)


async def work(gate: str, ctx: Any) -> str:
    """Tells its process, and waits."""
    await ctx.report_progress(1, 2, str(os.getpid()))
    await asyncio.to_thread(wait, gate)
    await ctx.report_progress(2, 2, "second")
    return "done"


def ask(state: str) -> InputRequiredResult:
    params = ElicitRequestFormParams(message=state, requested_schema=SCHEMA)
    return InputRequiredResult(
        input_requests={"name": ElicitRequest(params=params)}, request_state=state
    )


def make_server(**options: Any) -> MCPServer[Any]:
    server: MCPServer[Any] = MCPServer("gated", version="1", log_level="WARNING", **options)

    @server.tool(name="work")
    async def work_here(gate: str, ctx: Context[Any, Any]) -> str:
        return await work(gate, ctx)

    @server.tool()
    async def greet(ctx: Context[Any, Any]) -> Any:
        """Asks for a name, and says in which processes it was asked and answered."""
        if ctx.request_state is None:
            return ask(str(os.getpid()))
        answer: Any = (ctx.input_responses or {})["name"]
        return {
            "name": answer.content["name"],
            "processes": [ctx.request_state, str(os.getpid())],
        }

    @server.tool()
    def fail() -> str:
        raise ToolError("the tool's own words")

    @server.tool()
    def large(size: int) -> str:
        return "x" * size

    @server.tool()
    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    return server


class OneToken:
    """Knows one token."""

    async def verify_token(self, token: str) -> AccessToken | None:
        if token != "the-token":
            return None
        return AccessToken(token=token, client_id="client", scopes=["mcp"])


fast: FastMCP[Any] = FastMCP()


@fast.tool(name="work")
async def work_fast(gate: str, ctx: FastContext) -> str:
    return await work(gate, ctx)


handler = mcp(make_server())
fast_handler = mcp(fast)
protected_handler = mcp(
    make_server(
        token_verifier=OneToken(),
        auth=AuthSettings(
            issuer_url="https://issuer.example",  # type: ignore[arg-type]
            resource_server_url="https://mcp.example/mcp",  # type: ignore[arg-type]
            required_scopes=["mcp"],
            validate_token_resource=False,
        ),
    )
)
