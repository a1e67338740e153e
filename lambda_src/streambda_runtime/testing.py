"""Runs a handler in a unit test: the real path from event to chunks, with no network.

    result = run(handler, {"sentence": "hi"})
    assert result.chunks == [b"hi\\n"]

    result = run(handler, http_event("POST", "/chat", json={"prompt": "hi"}))
    assert (result.status, result.text) == (200, "hi")

Only the socket is replaced; preludes, error reports and endings are the runtime's own.
"""

from __future__ import annotations

import time
from base64 import b64decode
from json import dumps, loads

from .async_calls import close_event_loop
from .http_event import read_http_event
from .invocation import Invocation
from .loop import serve
from .response import DELIMITER, PRELUDE_TYPE
from .testing_events import REQUEST_ID
from .testing_events import http_event as http_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .errors import ErrorReport
    from .exchange import Outgoing
    from .handlers import Handler
    from .http11 import Data
    from .platform.metrics import Meter

ARN = "arn:aws:lambda:us-east-1:123456789012:function:tested"
BAD_GATEWAY = 502


class Result:
    """What a caller would see.

    `status` is what an endpoint would answer: 502 for a failure before the first byte, None for an
    event that did not come over HTTP.

    `status_code`, `headers` (names in lower case; lists where repeated) and `cookies` are those
    that the handler sent: None for an event that did not come over HTTP, or when the handler failed
    before the first byte. `chunks` are the body as it was sent, `error` the document of a failure
    before or after the first byte: `errorMessage`, `errorType`, `stackTrace`.
    """

    def __init__(self, *, over_http: bool) -> None:
        self._over_http = over_http
        self.status_code: int | None = None
        self.headers: dict[str, Any] | None = None
        self.cookies: list[str] | None = None
        self.media_type: str | None = None
        self.chunks: list[bytes] = []
        self.error: dict[str, Any] | None = None
        self.streamed = False

    @property
    def status(self) -> int | None:
        """The status of the HTTP response; None for an event that did not come over HTTP."""
        if not self._over_http:
            return None
        return BAD_GATEWAY if self.status_code is None else self.status_code

    def __repr__(self) -> str:
        parts = ["direct invoke" if self.status is None else f"status {self.status}"]
        if self.media_type is not None:
            parts.append(self.media_type)
        chunks = f"{len(self.chunks)} chunk{'' if len(self.chunks) == 1 else 's'}"
        parts.append(f"{chunks} of {len(self.body)} bytes: {_shorten(self.body)}")
        if self.error is not None:
            message = f"{self.error.get('errorType')}: {self.error.get('errorMessage')}"
            parts.append(f"error {_shorten(message)}")
        return f"<Result {', '.join(parts)}>"

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks)

    @property
    def text(self) -> str:
        """The whole body as UTF-8."""
        return self.body.decode("utf-8")


def run(
    handler: Handler,
    event: Any,
    *,
    on_chunk: Callable[[bytes], None] = lambda chunk: None,
    timeout_s: float = 60.0,
    headers: Mapping[str, str] | None = None,
) -> Result:
    """Calls `handler` as Lambda would and gives what came of it.

    `event` is any JSON value; one with the shape of a Function URL's or REST API's event gets an
    HTTP response. `on_chunk` is called with each chunk when it is sent, before the handler can make
    the next: a test of order needs no clock. `timeout_s` sets the context's deadline. `headers`
    adds to those of `/next`, such as "lambda-runtime-client-context". SystemExit and
    KeyboardInterrupt of the handler are raised after they were reported.
    """
    data = dumps(event).encode()
    result = Result(over_http=read_http_event(loads(data)) is not None)
    deadline_ms = int((time.time() + timeout_s) * 1000)
    fields = {
        "lambda-runtime-aws-request-id": REQUEST_ID,
        "lambda-runtime-deadline-ms": str(deadline_ms),
        "lambda-runtime-invoked-function-arn": ARN,
    } | dict(headers or {})
    try:
        serve(_Sink(result, on_chunk), handler, Invocation(fields, data))
    finally:
        close_event_loop()
    return result


class _Sink:
    """Where the response goes in a test: into a Result."""

    def __init__(self, result: Result, on_chunk: Callable[[bytes], None]) -> None:
        self._result = result
        self._on_chunk = on_chunk

    def respond(self, invocation: Invocation, payload: bytes) -> bool:
        self._result.chunks = [payload]
        self._result.media_type = "application/json"
        return True

    def error(self, invocation: Invocation, report: ErrorReport) -> None:
        self._result.error = loads(report.body())

    def abandon(self) -> None:
        pass

    def stream(self, invocation: Invocation, content_type: str) -> _Response:
        self._result.streamed = True
        self._result.media_type = content_type
        return _Response(self._result, self._on_chunk)


class _Response:
    """A streamed response; none of its methods blocks, so it is its own async form."""

    def __init__(self, result: Result, on_chunk: Callable[[bytes], None]) -> None:
        self._result = result
        self._on_chunk = on_chunk
        self.meter: Meter | None = None
        self.is_cut = False
        self.has_begun = False

    def adapt(self, form: Callable[..., Outgoing]) -> Outgoing:
        return self

    def write(self, data: Data | list[Data]) -> None:
        self.has_begun = True
        for item in data if isinstance(data, list) else [data] if data else []:
            self._take(bytes(item))

    async def put(self, data: Data | list[Data]) -> None:
        self.write(data)

    async def end(self, report: ErrorReport | None = None) -> bool:
        if report is not None:
            _, (_, document) = report.trailers()
            self._result.error = loads(b64decode(document))
        return True

    def _take(self, data: bytes) -> None:
        if self._result.media_type == PRELUDE_TYPE:
            self._take_prelude(data)
        else:
            self._result.chunks.append(data)
            self._on_chunk(data)

    def _take_prelude(self, data: bytes) -> None:
        prelude = loads(data.removesuffix(DELIMITER))
        headers = prelude["headers"] | prelude.get("multiValueHeaders", {})
        self._result.status_code = prelude["statusCode"]
        self._result.headers = headers
        self._result.cookies = prelude.get("cookies", [])
        self._result.media_type = headers["content-type"]


def _shorten(value: str | bytes) -> str:
    """At most 60 characters or bytes, as Python writes them."""
    return repr(value[:60]) + ("..." if len(value) > 60 else "")
