"""The runtime inside Lambda, and what handlers import from it. Standard library only.

A handler that yields needs nothing from here; `StreamingResponse` adds status, headers and cookies.
"""

from .invocation import Context
from .response import HttpMetadata, StreamingResponse
from .writer import AsyncStreamWriter, StreamWriter, streaming

__all__ = [
    "AsyncStreamWriter",
    "Context",
    "HttpMetadata",
    "StreamWriter",
    "StreamingResponse",
    "streaming",
]
