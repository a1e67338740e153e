"""Servers of the MCP packages with the same tools, and how their answers are read."""

import asyncio
from collections.abc import Callable
from typing import Any

from fastmcp import Context as FastContext
from fastmcp import FastMCP
from mcp.server import MCPServer
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import Context
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    TextContent,
)

from streambda_runtime import testing
from tests.support.mcp_messages import read_frames


def make_server(**options: Any) -> MCPServer[Any]:
    """A server whose tools are the same in all forms of servers here."""
    server: MCPServer[Any] = MCPServer("tested", log_level="ERROR", **options)

    @server.tool()
    async def count(to: int, ctx: Context[Any, Any]) -> str:
        for number in range(to):
            await ctx.report_progress(number + 1, to)
        return "counted"

    @server.tool()
    async def wait_for_ever() -> str:
        await asyncio.Event().wait()
        return ""

    @server.tool()
    async def ask(ctx: Context[Any, Any]) -> str | InputRequiredResult:
        if ctx.request_state is None:
            return InputRequiredResult(request_state="the state")
        return ctx.request_state

    @server.tool()
    def repeat(text: str, times: int = 1) -> str:
        return text * times

    return server


def make_fast_server(name: str | None = "tested", **options: Any) -> FastMCP[Any]:
    server: FastMCP[Any] = FastMCP(name, **options)

    @server.tool
    async def count(to: int, ctx: FastContext) -> str:
        for number in range(to):
            await ctx.report_progress(number + 1, to)
        return "counted"

    @server.tool
    async def ask(ctx: FastContext) -> Any:
        if ctx.request_state is None:
            return InputRequiredResult(request_state="the state")
        return ctx.request_state

    @server.tool
    async def wait_for_ever() -> str:
        await asyncio.Event().wait()
        return ""

    return server


def make_low_level_server() -> Server[Any]:
    async def list_tools(ctx: Any, params: Any) -> ListToolsResult:
        return ListToolsResult(tools=[])

    async def call_tool(
        ctx: Any, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        if params.name == "ask" and params.request_state is None:
            return InputRequiredResult(request_state="the state")
        for number in range(2):
            await ctx.session.report_progress(number + 1, 2)
        text = params.request_state or "counted"
        return CallToolResult(content=[TextContent(type="text", text=text)])

    return Server("tested", on_list_tools=list_tools, on_call_tool=call_tool)


SERVERS: dict[str, Callable[[], Any]] = {
    "MCPServer": make_server,
    "Server": make_low_level_server,
    "FastMCP": make_fast_server,
    "FastMCP without a name": lambda: make_fast_server(None),
    "MCPServer's app": lambda: make_server().streamable_http_app(),
    "FastMCP's app": lambda: make_fast_server().http_app(),
}


def run(handler: Any, event: dict[str, Any], **options: Any) -> testing.Result:
    result = testing.run(handler, event, **options)
    assert result.error is None
    return result


def answer(handler: Any, event: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The last message of the response: the result or the error."""
    return read_frames(run(handler, event, **options).body)[-1]


def read_text(document: dict[str, Any]) -> str:
    text: str = document["result"]["content"][0]["text"]
    return text
