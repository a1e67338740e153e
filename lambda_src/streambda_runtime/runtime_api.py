"""The client of Lambda's Runtime API: next, response, error, init error.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. An invocation is over, and its
billing ends, only when `next` is asked for again.
"""

from __future__ import annotations

from .connection import Connection, EarlyAnswer
from .errors import ERROR_BODY, ERROR_TYPE, ErrorReport, RuntimeApiError
from .http11 import chunk, last_chunk, request_head
from .invocation import Invocation
from .log import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .http11 import Data, Response

VERSION = "/2018-06-01"
NEXT = f"{VERSION}/runtime/invocation/next"
INIT_ERROR = f"{VERSION}/runtime/init/error"
USER_AGENT = ("User-Agent", "streambda")
RESPONSE_MODE = ("Lambda-Runtime-Function-Response-Mode", "streaming")
INVOCATION_ID = "Lambda-Runtime-Invocation-Id"
JSON = "application/json"


class RuntimeApi:
    """One conversation with the Runtime API, over one connection."""

    __slots__ = ("_connection", "_host")

    def __init__(self, address: str) -> None:
        self._connection = Connection(address)
        self._host = ("Host", address)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def next(self) -> Invocation:
        """Waits for the next invocation. Raises RuntimeApiError when there will be none."""
        response = self._ask(request_head("GET", NEXT, (self._host, USER_AGENT)))
        if response.status != 200:
            raise RuntimeApiError(f"GET {NEXT} was answered {_shown(response)}, expected 200")
        return Invocation(response.headers, response.body)

    def respond(self, invocation: Invocation, payload: bytes) -> None:
        """Sends a whole response, not streamed: at most 6 MB, which Lambda enforces (413)."""
        head = self._head(invocation, "response", (("Content-Length", str(len(payload))),))
        _check(self._ask(head + payload), "response")

    def stream(self, invocation: Invocation, content_type: str) -> ResponseStream:
        """Opens a streamed response. Nothing is sent before its first write or its end."""
        headers = (
            RESPONSE_MODE,
            ("Content-Type", content_type),
            ("Transfer-Encoding", "chunked"),
            # Lambda drops trailers that were not announced, and the error with them.
            ("Trailer", f"{ERROR_TYPE}, {ERROR_BODY}"),
        )
        head = self._head(invocation, "response", headers, content_type=None)
        return ResponseStream(self._connection, head)

    def error(self, invocation: Invocation, report: ErrorReport) -> None:
        """Reports a failure before the first byte; allowed only while no response has begun."""
        body = report.body()
        headers = (*_error_headers(report), ("Content-Length", str(len(body))))
        _check(self._ask(self._head(invocation, "error", headers) + body), "error")

    def init_error(self, report: ErrorReport) -> None:
        """Reports that the function cannot start; the process must exit after it."""
        body = report.body()
        length = ("Content-Length", str(len(body)))
        headers = (self._host, USER_AGENT, ("Content-Type", JSON), *_error_headers(report), length)
        _check(self._ask(request_head("POST", INIT_ERROR, headers) + body), "init error")

    def _head(
        self,
        invocation: Invocation,
        action: str,
        headers: tuple[tuple[str, str], ...],
        content_type: str | None = JSON,
    ) -> bytes:
        common = [self._host, USER_AGENT]
        if invocation.invocation_id is not None:
            common.append((INVOCATION_ID, invocation.invocation_id))
        if content_type is not None:
            common.append(("Content-Type", content_type))
        path = f"{VERSION}/runtime/invocation/{invocation.request_id}/{action}"
        return request_head("POST", path, (*common, *headers))

    def _ask(self, request: bytes) -> Response:
        try:
            self._connection.begin(request)
        except EarlyAnswer as early:
            return _answered(early)
        return self._connection.receive()


class ResponseStream:
    """A response on its way: write chunks, then end it with `finish` or with `fail`.

    Every method may raise EarlyAnswer: the Runtime API has ended the response from its side.
    """

    __slots__ = ("_connection", "_head")

    def __init__(self, connection: Connection, head: bytes) -> None:
        self._connection = connection
        self._head = head

    def write(self, data: Data) -> None:
        """Sends one chunk at once; empty data sends nothing, for it would end the body."""
        if not data:
            return
        if self._head:
            self._begin(b"".join(chunk(data)))
        else:
            self._connection.send(*chunk(data))

    def finish(self) -> None:
        """Ends the body and waits for the acknowledgement."""
        self._end(last_chunk())

    def fail(self, report: ErrorReport) -> None:
        """Ends the body with the error in trailers and waits for the acknowledgement."""
        self._end(last_chunk(report.trailers()))

    def _begin(self, data: bytes) -> None:
        head, self._head = self._head, b""
        self._connection.begin(head + data)

    def _end(self, tail: bytes) -> None:
        if self._head:
            self._begin(tail)
        else:
            self._connection.send(tail)
        _check(self._connection.receive(), "response")


def early_end(early: EarlyAnswer) -> None:
    """What an answer before the end of a response means: a refusal is logged, the rest raised."""
    _check(_answered(early), "response")


def _answered(early: EarlyAnswer) -> Response:
    if early.response is None:
        raise RuntimeApiError("the Runtime API closed the connection in the middle of a request")
    return early.response


def _error_headers(report: ErrorReport) -> tuple[tuple[str, str], ...]:
    (name, error_type), _ = report.trailers()
    return ((name, error_type),)


def _check(response: Response, what: str) -> None:
    """4xx (late, refused or too large) is logged and the loop goes on; 5xx ends the process."""
    if 200 <= response.status < 300:
        return
    if response.status >= 500:
        raise RuntimeApiError(f"the {what} was answered {_shown(response)}")
    log(f"the {what} was refused: {_shown(response)}")


def _shown(response: Response) -> str:
    return f"{response.status} {response.body[:200].decode('utf-8', 'replace').strip()}".rstrip()
