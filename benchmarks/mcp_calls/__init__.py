"""Times a call of an MCP tool until its first progress, under the runtime and under its peers.

The same server of the official SDK is served by `mcp(server)`, by the Lambda Web Adapter with
uvicorn behind it, and by uvicorn alone, which is asked straight. What measures is the harness of
`benchmarks.runtime`.

- `__main__.py`   the command line
- `calls.py`      the request, the figures and the target
- `subjects.py`   who serves it, and how it is started
"""
