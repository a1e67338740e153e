"""The runtime inside Lambda, and what handlers import from it. Standard library only.

A handler that yields needs nothing from here; `StreamingResponse` adds status, headers and cookies.
"""

from .invocation import Context
from .response import HttpMetadata, StreamingResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .callbacks import after_invocation
    from .hosting.asgi import asgi
    from .hosting.mcp_server import mcp
    from .hosting.wsgi import wsgi
    from .streams.deadline import stop_before_deadline
    from .streams.heartbeat import heartbeat
    from .streams.ndjson import ndjson
    from .streams.sse import SSE_HEARTBEAT, sse
    from .writer import AsyncStreamWriter, StreamWriter, streaming

__all__ = [
    "SSE_HEARTBEAT",
    "AsyncStreamWriter",
    "Context",
    "HttpMetadata",
    "StreamWriter",
    "StreamingResponse",
    "after_invocation",
    "asgi",
    "heartbeat",
    "mcp",
    "ndjson",
    "sse",
    "stop_before_deadline",
    "streaming",
    "wsgi",
]

# Imported when first asked for: a cold start pays for every import, and most handlers need none.
_MODULES = {
    "SSE_HEARTBEAT": "streams.sse",
    "ndjson": "streams.ndjson",
    "sse": "streams.sse",
    "after_invocation": "callbacks",
    "asgi": "hosting.asgi",
    "mcp": "hosting.mcp_server",
    "heartbeat": "streams.heartbeat",
    "stop_before_deadline": "streams.deadline",
    "AsyncStreamWriter": "writer",
    "StreamWriter": "writer",
    "streaming": "writer",
    "wsgi": "hosting.wsgi",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"{__name__}.{_MODULES[name]}", fromlist=(name,))
    value = globals()[name] = getattr(module, name)
    return value
