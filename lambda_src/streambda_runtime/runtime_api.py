"""The client of Lambda's Runtime API: next, response, error, init error, restore.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. An invocation is over, and its
billing ends, only when `next` is asked for again.
"""

from __future__ import annotations

import os
from time import monotonic

from .connection import Connection, EarlyAnswer, send
from .errors import ERROR_BODY, ERROR_TYPE, ErrorReport, RuntimeApiError
from .http11 import GATHER_FROM, chunk, chunks, fields, last_chunk, request_head
from .invocation import Invocation
from .logs import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket as Socket
    from collections.abc import Callable

    from .exchange import Outgoing
    from .http11 import Data, Response
    from .platform.metrics import Meter

VERSION = "/2018-06-01"
NEXT = f"{VERSION}/runtime/invocation/next"
INIT_ERROR = f"{VERSION}/runtime/init/error"
# For SnapStart; not in the guide, but in all of Lambda's own runtimes that have it.
RESTORE_NEXT = f"{VERSION}/runtime/restore/next"
RESTORE_ERROR = f"{VERSION}/runtime/restore/error"
USER_AGENT = ("User-Agent", "streambda")
RESPONSE_MODE = ("Lambda-Runtime-Function-Response-Mode", "streaming")
INVOCATION_ID = "Lambda-Runtime-Invocation-Id"
JSON = "application/json"
MAX_HEADS = 32  # that are kept: a content type may have a boundary that never comes again
COMPLETE_END = last_chunk()
# Within a burst of chunks, how long one look whether the peer has answered is good for.
LOOK_EVERY_S = 0.001


class RuntimeApi:
    """One conversation with the Runtime API, over one connection."""

    __slots__ = ("_connection", "_environ", "_host", "_next", "_stream_heads")

    def __init__(self, address: str) -> None:
        self._connection = Connection(address)
        self._environ = dict(os.environ)  # os.environ decodes anew each time it is asked
        self._host = ("Host", address)
        self._next = request_head("GET", NEXT, (self._host, USER_AGENT))
        self._stream_heads: dict[str, bytes] = {}

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def next(self) -> Invocation:
        """Waits for the next invocation. Raises RuntimeApiError when there will be none."""
        return self._read_next(self._ask(self._next))

    def _read_next(self, response: Response) -> Invocation:
        if response.status != 200:
            raise RuntimeApiError(f"GET {NEXT} was answered {_describe(response)}, expected 200")
        return Invocation(response.headers, response.body, self._environ)

    def respond(self, invocation: Invocation, payload: bytes) -> bool:
        """Sends a whole response, not streamed: at most 6 MB, which Lambda enforces (413).

        False when it was refused.
        """
        return check_accepted(self._ask(self._make_whole(invocation, payload)), "response")

    def _make_whole(self, invocation: Invocation, payload: bytes) -> bytes:
        length = ("Content-Length", str(len(payload)))
        return self._head(invocation, "response", (length,)) + payload

    def stream(self, invocation: Invocation, content_type: str) -> ResponseStream:
        """Opens a streamed response. Nothing is sent before its first write or its end."""
        path = f"{VERSION}/runtime/invocation/{invocation.request_id}/response"
        own = request_head("POST", path, self._own(invocation)).removesuffix(b"\r\n")
        return ResponseStream(self._connection, own + self._stream_head(content_type))

    def _stream_head(self, content_type: str) -> bytes:
        """The fields that all streams of one content type have, and the end of the head."""
        head = self._stream_heads.get(content_type)
        if head is None:
            headers = (
                self._host,
                USER_AGENT,
                RESPONSE_MODE,
                ("Content-Type", content_type),
                ("Transfer-Encoding", "chunked"),
                # Lambda drops trailers that were not announced, and the error with them.
                ("Trailer", f"{ERROR_TYPE}, {ERROR_BODY}"),
            )
            head = fields(headers)
            if len(self._stream_heads) < MAX_HEADS:
                self._stream_heads[content_type] = head
        return head

    def abandon(self) -> None:
        """Closes the connection within a request that was interrupted; the next opens another."""
        self._connection.close()

    def error(self, invocation: Invocation, report: ErrorReport) -> None:
        """Reports a failure before the first byte; allowed only while no response has begun."""
        body = report.body()
        headers = (*_error_headers(report), ("Content-Length", str(len(body))))
        check_accepted(self._ask(self._head(invocation, "error", headers) + body), "error")

    def init_error(self, report: ErrorReport) -> None:
        """Reports that the function cannot start; the process must exit after it."""
        response = self._report(INIT_ERROR, report)
        if response.status != 403:  # another worker of a Managed Instance has reported already
            check_accepted(response, "init error")

    def restore_next(self) -> None:
        """Waits until this process was snapshotted and restored; RuntimeApiError if it was not."""
        response = self._ask(request_head("GET", RESTORE_NEXT, (self._host, USER_AGENT)))
        self.close()  # no connection from before the snapshot is used after it
        if response.status != 200:
            message = f"GET {RESTORE_NEXT} was answered {_describe(response)}, expected 200"
            raise RuntimeApiError(message)

    def restore_error(self, report: ErrorReport) -> None:
        """Reports that the function cannot go on after its restore; the process must then exit."""
        check_accepted(self._report(RESTORE_ERROR, report), "restore error")

    def _report(self, path: str, report: ErrorReport) -> Response:
        body = report.body()
        length = ("Content-Length", str(len(body)))
        headers = (self._host, USER_AGENT, ("Content-Type", JSON), *_error_headers(report), length)
        return self._ask(request_head("POST", path, headers) + body)

    def _head(
        self, invocation: Invocation, action: str, headers: tuple[tuple[str, str], ...]
    ) -> bytes:
        path = f"{VERSION}/runtime/invocation/{invocation.request_id}/{action}"
        common = (*self._own(invocation), self._host, USER_AGENT, ("Content-Type", JSON))
        return request_head("POST", path, (*common, *headers))

    @staticmethod
    def _own(invocation: Invocation) -> tuple[tuple[str, str], ...]:
        """The fields that differ from one invocation to the next."""
        nonce = invocation.invocation_id
        return () if nonce is None else ((INVOCATION_ID, nonce),)

    def _ask(self, request: bytes) -> Response:
        try:
            send(self._connection.start_request(), (request,))
        except OSError:
            return response_of(self._connection.read_early_answer())
        self._connection.sent += len(request)
        return self._connection.receive()


class ResponseStream:
    """A response on its way: `write` chunks, then `end` it.

    Every method raises EarlyAnswer once the Runtime API has ended the response from its side, also
    if the first one was swallowed by the code that writes. A write that a signal's handler
    interrupts leaves whole chunks, or closes the connection: `is_cut` then, and all that follows is
    dropped.
    """

    __slots__ = (
        "_early", "_look_at", "_send_small", "_sent", "connection", "head", "is_cut", "meter",
    )  # fmt: skip

    def __init__(self, connection: Connection, head: bytes) -> None:
        self.connection = connection
        self.head = head  # of the request; empty once it was sent
        self.meter: Meter | None = None
        self._early: EarlyAnswer | None = None
        self._send_small: Callable[[bytes], None] | None = None
        self._look_at = 0.0
        self._sent = 0  # bytes of whole writes on the connection, up to here
        self.is_cut = False

    def adapt(self, form: Callable[[ResponseStream], Outgoing]) -> Outgoing:
        """The same response in a form that does not block an event loop."""
        return form(self)

    def write(self, data: Data | list[Data]) -> None:
        """Sends one chunk, or a list of them together, at once; empty data sends nothing."""
        send_small = self._send_small
        if (
            send_small is not None
            and type(data) is bytes
            and 0 < (size := len(data)) < GATHER_FROM
            and monotonic() < self._look_at
        ):
            framed = b"%x\r\n%b\r\n" % (size, data)
            size = len(framed)
            try:  # the usual chunk of a burst: what it costs is the number of calls
                send_small(framed)
                self._sent += size
            except OSError:
                raise self.read_early_answer() from None
            except BaseException:
                self.is_cut = True  # until it is known: the next signal may come in `settle`
                self.settle(size, b"")
                raise
        elif data:
            self._send(encode_chunks(data))
        if self.meter is not None and data:
            self.count(data)

    def count(self, data: Data | list[Data]) -> None:
        """Tells the meter what has left."""
        if self.meter is not None:
            self.meter.count(sum(map(len, data)) if isinstance(data, list) else len(data))

    async def put(self, data: Data | list[Data]) -> None:
        """As `write`, for code that serves blocking and async handlers alike; never suspends."""
        self.write(data)

    async def end(self, report: ErrorReport | None = None) -> bool:
        """Ends the body, with the error in trailers if there is one; whether it was accepted."""
        self._send((encode_end(report),))
        if self.is_cut:
            self.connection.close()
            log("the response was cut: a write was interrupted in the middle of a chunk")
            return False
        self.connection.sent = self._sent
        return check_accepted(self.connection.receive(), "response")

    def prepare(self, parts: tuple[Data, ...]) -> tuple[Socket, tuple[Data, ...]]:
        """Where to send `parts`, and what: the head goes with the first of them."""
        if self._early is not None:
            raise self._early
        try:
            if not self.head:
                return self.connection.continue_request(), parts
            sock = self.connection.start_request()
            self._sent = self.connection.sent
            parts = (self.head + parts[0], *parts[1:])
            self.head = b""
            return sock, parts
        except EarlyAnswer as early:
            self._early = early
            raise

    def read_early_answer(self) -> EarlyAnswer:
        """Keeps and returns what the peer answered to a body that it takes no more of."""
        self._send_small = None
        self._early = self.connection.read_early_answer()
        return self._early

    @property
    def has_begun(self) -> bool:
        """Whether anything has left."""
        return not self.head

    def settle(self, size: int, head: bytes) -> None:
        """After a write of `size` bytes that was interrupted: whether a chunk was cut by it.

        If so, or if that cannot be told, the connection is closed: the peer sees a body without an
        end at once. `head` is the request's, if it was to leave with this write. `is_cut` is set
        already.
        """
        self._send_small = None
        before = self.connection.sent if head else self._sent
        accepted = self.connection.count_accepted()
        if accepted == before:
            self.head, self._sent, self.is_cut = head, before, False
        elif accepted is not None and accepted - before == size + len(head):
            self._sent, self.is_cut = accepted, False
        else:
            self.connection.close()

    def count_sent(self) -> int:
        """Bytes of whole writes on the connection."""
        return self._sent

    def add_sent(self, size: int) -> None:
        """Counts a write of `size` bytes that has left as a whole."""
        self._sent += size

    def _send(self, parts: tuple[Data, ...]) -> None:
        if self.is_cut:
            return
        self._send_small = None
        head, size = self.head, sum(map(len, parts))
        try:
            sock, parts = self.prepare(parts)
            send(sock, parts)
            self._sent += size + len(head)
        except EarlyAnswer:
            raise
        except OSError:
            raise self.read_early_answer() from None
        except BaseException:
            self.is_cut = True  # until it is known: the next signal may come in `settle`
            self.settle(size, head)
            raise
        self._send_small = sock.sendall
        self._look_at = monotonic() + LOOK_EVERY_S


def encode_chunks(data: Data | list[Data]) -> tuple[Data, ...]:
    """One chunk or several, as chunked encoding has them."""
    return chunks(data) if isinstance(data, list) else chunk(data)


def encode_end(report: ErrorReport | None) -> bytes:
    """The end of a body, with the trailers of an error if there is one."""
    return COMPLETE_END if report is None else last_chunk(report.trailers())


def check_early_answer(early: EarlyAnswer) -> None:
    """What an answer before the end of a response means: a refusal is logged, the rest raised."""
    check_accepted(response_of(early), "response")


def response_of(early: EarlyAnswer) -> Response:
    if early.response is None:
        raise RuntimeApiError("the Runtime API closed the connection in the middle of a request")
    return early.response


def _error_headers(report: ErrorReport) -> tuple[tuple[str, str], ...]:
    return ((ERROR_TYPE, report.field_type()),)


def check_accepted(response: Response, what: str) -> bool:
    """What the answer to a POST means; whether it was accepted.

    4xx (late, refused or too large) is logged and the loop goes on; 5xx is a RuntimeApiError.
    """
    if 200 <= response.status < 300:
        return True
    if response.status >= 500:
        raise RuntimeApiError(f"the {what} was answered {_describe(response)}")
    log(f"the {what} was refused: {_describe(response)}")
    return False


def _describe(response: Response) -> str:
    return f"{response.status} {response.body[:200].decode('utf-8', 'replace').strip()}".rstrip()
