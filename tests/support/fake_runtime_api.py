"""A Runtime API on a real socket: hands out events, records what is posted, ends with 410.

It follows aws-lambda-go's `runtimeAPIServer`. It decodes with h11, which shares no code with the
runtime, and keeps the raw bytes for the golden files.
"""

from __future__ import annotations

import json
import socket
import threading
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import h11

REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
ACCEPTED = (202, b'{"status":"OK"}\n')
WAIT_S = 20.0


@dataclass
class RecordedRequest:
    """One request of the runtime: decoded, and its raw bytes."""

    method: str
    target: str
    headers: dict[str, str]
    chunks: list[bytes] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def action(self) -> str:
        return self.target.rpartition("/")[2]


def read_trailer_error(post: RecordedRequest) -> tuple[str, dict[str, Any]]:
    """The error that the trailers of a response carry: its type, and its report."""
    body = post.trailers["lambda-runtime-function-error-body"]
    report: dict[str, Any] = json.loads(b64decode(body, validate=True))
    return post.trailers["lambda-runtime-function-error-type"], report


def next_headers(**more: str) -> dict[str, str]:
    """The headers that every answer to `/next` has, and `more` (underscores become hyphens)."""
    return {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": REQUEST_ID,
        "Lambda-Runtime-Deadline-Ms": "33333333333333",
        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:w",
    } | {f"Lambda-Runtime-{name.replace('_', '-')}": value for name, value in more.items()}


class FakeRuntimeApi:
    """Serves `events` one after the other; the request after the last one is answered 410.

    `answers` replaces the answer to an action ("response", "error"). `on_data` is called with each
    piece of a body when it arrives, before the next is read: the place for a gate. `on_next` is
    called when `/next` is asked for, before it is answered.
    """

    def __init__(
        self,
        *events: bytes,
        headers: Mapping[str, str] | None = None,
        answers: Mapping[str, tuple[int, bytes]] | None = None,
        on_data: Callable[[bytes], None] = lambda data: None,
        on_next: Callable[[], None] = lambda: None,
    ) -> None:
        self._events: Iterator[bytes] = iter(events)
        self._headers = dict(headers or next_headers())
        self._answers = dict(answers or {})
        self._on_data = on_data
        self._on_next = on_next
        self.requests: list[RecordedRequest] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def posts(self) -> list[RecordedRequest]:
        return [request for request in self.requests if request.method == "POST"]

    def __enter__(self) -> FakeRuntimeApi:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with closing(client):
                client.settimeout(WAIT_S)
                self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        connection = h11.Connection(h11.SERVER)
        while (recorded := self._receive(client, connection)) is not None:
            self.requests.append(recorded)
            if not self._answer(client, connection, recorded):
                return

    def _receive(self, client: socket.socket, connection: h11.Connection) -> RecordedRequest | None:
        recorded: RecordedRequest | None = None
        raw = b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                try:
                    data = client.recv(65536)
                except ConnectionError:
                    return None
                raw += data
                connection.receive_data(data)
            elif isinstance(event, h11.Request):
                recorded = RecordedRequest(
                    event.method.decode(), event.target.decode(), _decode(event.headers)
                )
            elif isinstance(event, h11.Data) and recorded is not None:
                recorded.chunks.append(bytes(event.data))
                self._on_data(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and recorded is not None:
                recorded.trailers = _decode(event.headers)
                recorded.raw = raw
                return recorded
            else:
                return None

    def _answer(
        self, client: socket.socket, connection: h11.Connection, request: RecordedRequest
    ) -> bool:
        status, body, headers = self._answer_to(request)
        fields = [*headers.items(), ("Content-Length", str(len(body)))]
        reply = connection.send(h11.Response(status_code=status, headers=fields))
        assert reply is not None
        client.sendall(reply + body)
        connection.send(h11.Data(data=body))
        connection.send(h11.EndOfMessage())
        if connection.our_state is h11.MUST_CLOSE:
            return False
        connection.start_next_cycle()
        return True

    def _answer_to(self, request: RecordedRequest) -> tuple[int, bytes, dict[str, str]]:
        if request.method == "POST":
            return *self._answers.get(request.action, ACCEPTED), {
                "Content-Type": "application/json"
            }
        self._on_next()
        event = next(self._events, None)
        if event is None:
            return 410, b'{"errorType":"Gone"}', {"Connection": "close"}
        return 200, event, self._headers


def _decode(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}
