"""WSGI applications (PEP 3333): https://peps.python.org/pep-3333/

What the app yields is written as it comes; its `close` is called on every way out.
"""

from __future__ import annotations

import sys
from io import BytesIO

from ..async_calls import run_sync
from ..connection import EarlyAnswer
from ..errors import INVALID_RESPONSE, RuntimeApiError, RuntimeFault
from ..exchange import REFUSED, log_failure
from ..replies import Reply, break_off
from ..response import HttpMetadata
from ..runtime_api import check_early_answer
from .web_app import WebAppHandler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..exchange import BlockingOutgoing, Exchange
    from ..handlers import Handler
    from ..invocation import Context
    from .http_request import HttpRequest

    WsgiApp = Callable[[dict[str, Any], Callable[..., Callable[[bytes], None]]], Iterable[bytes]]


class WsgiHandler(WebAppHandler):
    """A handler that serves a WSGI application. Made by `wsgi`, or for `_HANDLER=main.app`."""

    wrapper = "wsgi"

    def make_reply(self, request: HttpRequest, event: Any, context: Context) -> WsgiReply:
        """What the app answers to a request, which is still to be made."""
        return WsgiReply(self, make_environ(request, event, context))


def make_environ(request: HttpRequest, event: Any, context: Any) -> dict[str, Any]:
    """The environment of a request, with the variables of CGI (RFC 3875)."""
    base = request.root_path
    path = request.path.decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": base,
        "PATH_INFO": path[len(base) :] if base and path.startswith(base) else path,
        "QUERY_STRING": request.query.decode("latin-1"),
        "SERVER_NAME": request.server[0],
        "SERVER_PORT": str(request.server[1]),
        "SERVER_PROTOCOL": f"HTTP/{request.http_version}",
        "REMOTE_ADDR": request.client[0] if request.client else "",
        "REQUEST_URI": request.raw_path.decode("latin-1"),
        "RAW_URI": request.raw_path.decode("latin-1"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "aws.event": event,
        "aws.context": context,
    }
    for name, value in request.headers:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{text}" if key in environ else text
    if request.body or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


class WsgiReply(Reply):
    """What the app answers to one request."""

    __slots__ = ("_environ", "_handler")

    def __init__(self, handler: WsgiHandler, environ: dict[str, Any]) -> None:
        self._handler = handler
        self._environ = environ

    def send(self, exchange: Exchange) -> None:
        """Calls the app and sends what it yields."""
        exchange.run(self._serve, _Response(exchange, self._handler))

    def _serve(self, response: _Response) -> None:
        chunks: Iterable[bytes] = ()
        try:
            try:
                chunks = self._handler.app(self._environ, response.start)
                for chunk in chunks:
                    response.write_chunk(chunk)
                response.finish()
            except (EarlyAnswer, RuntimeApiError):
                raise
            except BaseException as error:
                response.fail(error)
        except EarlyAnswer as early:
            response.refuse(early)
        finally:
            _close(chunks)


class _Response:
    """One response: `start_response` and `write` of the app."""

    def __init__(self, exchange: Exchange, handler: WsgiHandler) -> None:
        self._exchange = exchange
        self._handler = handler
        self._metadata: HttpMetadata | None = None  # from start_response on
        self._out: BlockingOutgoing | None = None  # from the first byte on
        self._last: bytes = b""
        self._is_refused = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """`start_response`: a second call needs exc_info, and raises it once bytes have left."""
        if exc_info:
            try:
                if self._out is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # no cycle with the traceback
        elif self._metadata is not None:
            raise self._invalid("a second start_response without exc_info")
        code = str(status).partition(" ")[0]
        if not (code.isascii() and code.isdecimal() and len(code) == 3):
            raise self._invalid(f"the status {status!r}, expected one such as '200 OK'")
        metadata = HttpMetadata(int(code), [(name, _decode(value)) for name, value in headers])
        self._handler.check_metadata(metadata)
        self._metadata = metadata
        return self.write

    def write(self, data: bytes) -> None:
        """The app's `write`: sends at once."""
        self.write_chunk(data)

    def write_chunk(self, data: bytes) -> None:
        """Sends a chunk; an empty one sends nothing."""
        if not isinstance(data, bytes):
            raise self._invalid(f"a chunk of type {type(data).__name__}, expected bytes")
        if self._metadata is None:
            raise self._invalid("a body before start_response")
        if not data or self._is_refused:
            return
        if self._out is None:
            self._open(self._metadata, data)
        elif self._exchange.allows_body(self._metadata):
            self._out.write(data)
        self._last = data

    def finish(self) -> None:
        """The app has yielded all."""
        if self._metadata is None:
            raise self._invalid("nothing: it returned without calling start_response")
        if self._out is None:
            self._open(self._metadata, b"")
        if self._out is not None:
            run_sync(self._exchange.end(self._out))

    def fail(self, error: BaseException) -> None:
        """The app has raised."""
        if self._is_refused:
            log_failure(error)
        elif self._out is None or self._metadata is None:
            self._exchange.fail(error)
        else:
            work = break_off(self._exchange, self._out, self._metadata, self._last, error)
            run_sync(work)

    def refuse(self, early: EarlyAnswer) -> None:
        """The Runtime API has ended the response from its side."""
        self._exchange.outcome = REFUSED
        check_early_answer(early)

    def _open(self, metadata: HttpMetadata, data: bytes) -> None:
        if self._handler.is_error(metadata.status_code, self._exchange):
            self._is_refused = True
            self._exchange.fail(self._handler.make_status_fault(metadata.status_code))
            return
        first = data if self._exchange.allows_body(metadata) else b""
        self._out, opening = self._exchange.open(metadata, first, text=False)
        self._out.write(opening)

    def _invalid(self, what: str) -> RuntimeFault:
        return RuntimeFault(INVALID_RESPONSE, f"{self._handler.name} sent {what}")


def _decode(value: str) -> str:
    """A header is bytes in a str, each a character; UTF-8 among them is not encoded twice."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError, AttributeError):
        return value


def _close(chunks: object) -> None:
    try:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    except BaseException as error:  # the response is over: it can only be logged
        log_failure(error)


def wsgi(
    app: WsgiApp,
    *,
    base_path: str = "",
    error_statuses: Iterable[int] = (),
    events: Handler | str | None = None,
) -> WsgiHandler:
    """A handler that serves a WSGI application; the options are those of `asgi`."""
    return WsgiHandler(app, base_path=base_path, error_statuses=error_statuses, events=events)
