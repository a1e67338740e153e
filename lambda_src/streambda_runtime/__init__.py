"""The runtime inside Lambda, and what handlers import from it. Standard library only.

A handler that yields needs nothing from here; `StreamingResponse` adds status, headers and cookies.
"""

from .invocation import Context
from .response import StreamingResponse

__all__ = ["Context", "StreamingResponse"]
