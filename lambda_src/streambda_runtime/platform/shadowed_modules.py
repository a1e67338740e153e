"""Modules of the function that are named like the standard library's: both sides get their own.

The zip root comes before the standard library on the path, as on Lambda's own runtime. A function
may have a `token.py`, and the runtime's error reports need `traceback`, which needs `token`. So the
runtime loads ahead what it may need, with the function's folders off the path. What Lambda's own
runtime has loaded before the function stays the standard library's, as it is there; of the others
the function gets its own. Imported only where a name is in both.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

# What the runtime imports only when it needs it, and its own modules of that kind.
_STANDARD = (
    "asyncio", "binascii", "concurrent.futures", "decimal", "fcntl", "json", "logging", "queue",
    "signal", "threading", "traceback",
)  # fmt: skip
# What Lambda's own runtime has loaded before the function (awslambdaric 4.2.2): there too a module
# of such a name is the standard library's.
_KEPT = frozenset(
    ("collections", "contextlib", "copyreg", "decimal", "enum", "functools", "importlib", "json",
     "keyword", "linecache", "logging", "numbers", "operator", "re", "reprlib", "string",
     "textwrap", "threading", "token", "tokenize", "traceback", "types", "warnings", "weakref")
)  # fmt: skip
_LAZY_MODULES = (
    "aio.event_loop", "aio.readable", "aio.response_stream", "aio.runtime_api",
    "aio.source", "platform.pollers", "platform.workers", "streams.error_frame",
    "streams.task_source", "streams.threaded_source", "writer",
)  # fmt: skip


def load_ahead(names: AbstractSet[str], folders: list[str]) -> None:
    """Loads what the runtime needs of the standard library; `names` are left to the function.

    `folders` are those of the function, which come first on sys.path.
    """
    from .. import errors

    before = sys.path[:]
    sys.path[:] = [folder for folder in before if folder not in folders]
    try:
        for name in (*_STANDARD, *(f"streambda_runtime.{name}" for name in _LAZY_MODULES)):
            __import__(name)
        errors.load_ahead()
    finally:
        sys.path[:] = before
    for name in names - _KEPT:
        # A package imports its own parts later, and the interpreter some modules: they stay.
        if name in sys.modules and not hasattr(sys.modules[name], "__path__"):
            del sys.modules[name]
