"""The runtime inside Lambda, and what handlers import from it. Standard library only.

A handler that yields needs nothing from here; `StreamingResponse` adds status, headers and cookies.
"""

from .frames import SSE_HEARTBEAT, ndjson, sse
from .guards import heartbeat, stop_before_deadline
from .invocation import Context
from .response import HttpMetadata, StreamingResponse
from .writer import AsyncStreamWriter, StreamWriter, streaming

__all__ = [
    "SSE_HEARTBEAT",
    "AsyncStreamWriter",
    "Context",
    "HttpMetadata",
    "StreamWriter",
    "StreamingResponse",
    "heartbeat",
    "ndjson",
    "sse",
    "stop_before_deadline",
    "streaming",
]
