"""HTTP/1 as clients of AWS may speak it: header names as sent, offers to upgrade, HTTP/1.0.

uvicorn's protocol reads the requests and writes the responses. Three things are different here:

* `SENT_NAMES` in a request's scope has the names of its headers as the client wrote them, in the
  order of its `headers`. A REST API hands them on like that.
* An offer to speak another protocol (`Upgrade: h2c`, `websocket`) is not taken, and the request is
  served as if the offer had not been made: RFC 9110, 7.8. The parser would take the body for bytes
  of the other protocol.
* A client of HTTP/1.0 knows neither chunks nor 100 Continue: RFC 9112, 7.1 and RFC 9110, 10.1.1.
"""

from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

SENT_NAMES = "streambda.sent_names"

CONTENT_LENGTH = b"content-length"
INVALID = "Invalid HTTP request received."


class Http10Cycle(RequestResponseCycle):
    """Where no Content-Length says how long a body is, the end of the connection does."""

    _until_close = False

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", ())}
            self._until_close = CONTENT_LENGTH not in names
            if self._until_close:
                self.chunked_encoding = False
        elif self._until_close:
            # uvicorn counts down what it expects; whatever comes is as much as was expected.
            self.expected_content_length = len(message.get("body", b""))
        await super().send(message)


class EndpointProtocol(HttpToolsProtocol):
    """One connection of a client."""

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            while data:
                data = self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response(INVALID)

    def _feed(self, data: bytes) -> bytes:
        """Returns what must be read again: what comes behind an offer, as if it were not made."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            head = self._make_head_without_offer()
            rest = data[offer.args[0] :]
            self._begin_parsing()
            return head + rest
        return b""

    def _begin_parsing(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        # As uvicorn does: a request behind the last one is not a reason to lose that one's
        # response.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _make_head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        sent = zip(self._names, self.headers, strict=True)
        lines += [b"%s: %s" % (name, pair[1]) for name, pair in sent if pair[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    # Callbacks of the parser.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._names: list[bytes] = []
        cast("dict[str, Any]", self.scope)[SENT_NAMES] = self._names

    def on_header(self, name: bytes, value: bytes) -> None:
        self._names.append(name)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise ValueError("there is no way through an endpoint to another server")
            return
        super().on_headers_complete()
        if self.scope["http_version"] == "1.0":
            self.cycle.__class__ = Http10Cycle
            self.cycle.waiting_for_100_continue = False

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_message_complete()
