"""The same server as a handler of the runtime."""

from mcp_app import server  # type: ignore[import-not-found]

from streambda_runtime import mcp

handler = mcp(server)
