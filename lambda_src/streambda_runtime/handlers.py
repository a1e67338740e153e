"""Finds the handler that `_HANDLER` names, and reads what it returned.

A generator or a StreamingResponse is streamed. Any other value is an ordinary handler's: a JSON
document on a direct invoke, a proxy response for an HTTP event.

A new form of handler, such as a web app, is recognised in `load`, and its result in `read_result`;
how it is served is a Reply of its own, as WriterReply in writer.py is.
"""

from __future__ import annotations

import sys

from .errors import (
    HANDLER_NOT_FOUND,
    IMPORT_MODULE_ERROR,
    INVALID_RESPONSE,
    MALFORMED_HANDLER_NAME,
    MARSHAL_ERROR,
    USER_CODE_SYNTAX_ERROR,
    RuntimeFault,
    describe,
    import_binascii,
)
from .json_codec import dumps
from .replies import Reply, StreamReply, WholeReply
from .response import StreamingResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .http_event import HttpEvent
    from .invocation import Context

    Handler = Callable[[Any, Context], Any]

JSON = "application/json"
# Whose responses are sent by their own apps, and by nothing else.
_FRAMEWORKS = ("django", "fastapi", "flask", "litestar", "quart", "starlette", "werkzeug")


def load(spec: str) -> Handler:
    """The function behind "module.function"; packages are written with dots or slashes.

    Raises RuntimeFault with Lambda's own `Runtime.*` names; the module's exception is its cause.
    """
    module_name, dot, name = spec.replace("/", ".").rpartition(".")
    if not dot or not module_name or not name:
        message = f"the handler is {spec!r}, expected module.function"
        raise RuntimeFault(MALFORMED_HANDLER_NAME, message)
    module = _import(module_name, spec)
    handler: Handler | None = getattr(module, name, None)
    if not callable(handler):
        found = (
            "is missing" if handler is None else f"is a {type(handler).__name__}, not a function"
        )
        if hasattr(handler, "streamable_http_app") or hasattr(handler, "http_app"):
            found += f", but an MCP server: name handler = mcp({name}) of streambda_runtime"
        message = f"the handler {name!r} {found} in module {module_name!r}"
        raise RuntimeFault(HANDLER_NOT_FOUND, message)
    if _is_ordinary(handler):
        return handler
    from .hosting.recognise import host

    hosted = host(handler, spec)
    start = getattr(hosted, "start", None)
    if callable(start) and type(hosted).__module__.startswith("streambda_runtime."):
        start()
    return hosted


def _is_ordinary(handler: Any) -> bool:
    """Whether it is a function of two arguments that are not those of a WSGI application."""
    code = getattr(handler, "__code__", None)
    if code is None or code.co_argcount != 2:
        return False
    names: tuple[str, ...] = code.co_varnames[:2]
    return names != ("environ", "start_response") and names[0] != "self"


def _import(module_name: str, spec: str) -> object:
    try:
        __import__(module_name)  # importlib.import_module, without importing importlib
        return sys.modules[module_name]
    except SyntaxError as error:
        reason = f"{error.msg} ({error.filename}, line {error.lineno})"
        message = f"the module {module_name!r} has a syntax error: {reason}"
        raise RuntimeFault(USER_CODE_SYNTAX_ERROR, message) from error
    except Exception as error:  # whatever a module's top level may raise
        reason = f"{type(error).__name__}: {describe(error)}"
        message = f"the module of handler {spec!r} cannot be imported: {reason}"
        raise RuntimeFault(IMPORT_MODULE_ERROR, message) from error


def read_result(result: object, http_event: HttpEvent | None) -> Reply:
    """The reply that a handler's result stands for. Raises RuntimeFault if it is none."""
    if isinstance(result, Reply):
        return result
    if isinstance(result, StreamingResponse):
        return StreamReply(result)
    if hasattr(result, "__next__") or hasattr(result, "__anext__"):
        return StreamReply(StreamingResponse(result))  # type: ignore[arg-type]  # an iterator
    if http_event is None:
        return WholeReply(_encode_json(result))
    if isinstance(result, dict) and "statusCode" in result:
        return StreamReply(_read_proxy_response(result))
    return StreamReply(StreamingResponse(_encode_json(result), media_type=JSON))


def _encode_json(result: object) -> bytes:
    """An ordinary handler's result as JSON. Raises RuntimeFault `Runtime.MarshalError`."""
    try:
        return dumps(result)
    except (TypeError, ValueError) as error:
        kind = type(result)
        message = f"the handler returned a {kind.__name__} that is not JSON: {error}"
        if _is_web_response(kind):
            message = (
                f"the handler returned a {kind.__module__}.{kind.__qualname__}, which only a web"
                " app can send: name the app itself as the handler, such as main.app, or return a"
                " StreamingResponse of streambda_runtime"
            )
        raise RuntimeFault(MARSHAL_ERROR, message) from error


def _is_web_response(kind: type) -> bool:
    """Whether it is a web framework's class of responses, or made from one."""
    return any(
        base.__module__.partition(".")[0] in _FRAMEWORKS and "Response" in base.__name__
        for base in kind.__mro__
    )


def _read_proxy_response(result: dict[str, Any]) -> StreamingResponse:
    """`{"statusCode", "headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded"}`."""
    multiple = result.get("multiValueHeaders") or {}
    single = result.get("headers") or {}
    # Where a name is in both, API Gateway takes multiValueHeaders.
    names = {name.lower() for name in multiple}
    headers = [(name, value) for name, value in single.items() if name.lower() not in names]
    headers += [
        (name, value)
        for name, values in multiple.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return StreamingResponse(
        _read_body(result),
        status_code=_parse_status(result["statusCode"]),
        headers=headers,
        media_type=JSON,  # Lambda's own default for a proxy response
        cookies=result.get("cookies") or (),
    )


def _read_body(result: dict[str, Any]) -> bytes | str:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        message = f"the response's body is a {type(body).__name__}, expected a str"
        raise RuntimeFault(INVALID_RESPONSE, message)
    if not result.get("isBase64Encoded"):
        return body
    try:
        data: bytes = import_binascii().a2b_base64(body, strict_mode=True)
        return data
    except ValueError as error:
        message = (
            f"the response's body is not valid base64, although isBase64Encoded is true: {error}"
        )
        raise RuntimeFault(INVALID_RESPONSE, message) from error


def _parse_status(status: Any) -> Any:
    # "200" is accepted by API Gateway; anything odder is named when the prelude is made.
    return int(status) if isinstance(status, str) and status.isdecimal() else status
