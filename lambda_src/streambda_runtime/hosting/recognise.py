"""Which kind of handler an object is: an ordinary one, an ASGI or a WSGI application."""

from __future__ import annotations

from ..errors import INVALID_HANDLER, RuntimeFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    from ..handlers import Handler

_ASGI = ("scope", "receive", "send")
_WSGI = ("environ", "start_response")
_VARARGS = 0x04  # inspect.CO_VARARGS, without importing inspect


def host(candidate: Callable[..., Any], spec: str) -> Handler:
    """The handler for what `_HANDLER` names: the object itself, or what serves the app that it is.

    Recognised by what is called: an ASGI 3 application takes (scope, receive, send), a WSGI
    application (environ, start_response). Raises RuntimeFault `Runtime.InvalidHandler` for what
    is called in no way that is known.
    """
    if isinstance(candidate, type):
        message = f"the handler {spec!r} is a class, expected a function or an object to call"
        raise RuntimeFault(INVALID_HANDLER, message)
    names = _read_parameters(candidate)
    if names is None:
        return candidate
    if names == _ASGI or (len(names) == 3 and _is_asgi_class(type(candidate))):
        from .asgi import AsgiHandler

        return AsgiHandler(candidate, name=spec)
    if names == _WSGI:
        from .wsgi import WsgiHandler

        return WsgiHandler(candidate, name=spec)
    if len(names) == 2:
        return candidate
    message = (
        f"the handler {spec!r} takes ({', '.join(names)}), expected (event, context), or a web app:"
        " (scope, receive, send) for ASGI, (environ, start_response) for WSGI"
    )
    raise RuntimeFault(INVALID_HANDLER, message)


def _is_asgi_class(kind: type) -> bool:
    return any("asgi" in f"{base.__module__}.{base.__name__}".lower() for base in kind.__mro__)


def _read_parameters(candidate: Any) -> tuple[str, ...] | None:
    """The names of the arguments that a call must give; None where it may give any, or is in C."""
    function = candidate
    if not hasattr(function, "__code__") and not hasattr(function, "__func__"):
        function = function.__call__
    given = 1 if getattr(function, "__self__", None) is not None else 0
    function = getattr(function, "__func__", function)
    code: CodeType | None = getattr(function, "__code__", None)
    if code is not None and code.co_flags & _VARARGS:
        # A decorator that takes anything says with functools.wraps whose place it takes.
        function = getattr(function, "__wrapped__", None)
        code = getattr(function, "__code__", None)
    if code is None or code.co_flags & _VARARGS:
        return None
    names = code.co_varnames[given : code.co_argcount]
    optional = len(getattr(function, "__defaults__", None) or ())
    # An ordinary handler may have more arguments than two, if these have defaults.
    return names[: max(2, len(names) - optional)] if optional else names
