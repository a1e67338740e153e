"""The MCP server that is measured: a tool that reports progress once, and answers."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.transport_security import TransportSecuritySettings

server: MCPServer[Any] = MCPServer("measured", log_level="ERROR")


@server.tool()
async def work(ctx: Context[Any, Any]) -> str:
    """Reports once, and is done."""
    await ctx.report_progress(1, 2)
    return "done"


# For uvicorn: with the settings without which no Lambda address is served.
app = server.streamable_http_app(
    stateless_http=True,
    transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
)
