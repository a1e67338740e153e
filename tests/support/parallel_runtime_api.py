"""As FakeRuntimeApi, for a runtime with many connections: it hands out events at the same time.

The request ids are "request-0", "request-1" and so on, in the order of `events`. A poll that comes
after the last event waits until all of them are answered, and then gets 410.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress

from tests.support.fake_runtime_api import (
    WAIT_S,
    FakeRuntimeApi,
    RecordedRequest,
    next_headers,
)


class ParallelRuntimeApi(FakeRuntimeApi):
    """Args: `deadlines_ms` by the number of the event; all others have plenty of time. `more` are
    headers of all events, as `next_headers` takes them."""

    def __init__(
        self,
        *events: bytes,
        deadlines_ms: Mapping[int, int] | None = None,
        answers: Mapping[str, tuple[int, bytes]] | None = None,
        on_data: Callable[[bytes], None] = lambda data: None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(answers=answers, on_data=on_data)
        self._numbered = iter(enumerate(events))
        self._deadlines_ms = dict(deadlines_ms or {})
        self._left = len(events)
        self._more = dict(more or {})
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._is_dropping = False

    def post_of(self, number: int) -> RecordedRequest:
        """The one request that answered an event."""
        (post,) = (one for one in self.posts() if f"/request-{number}/" in one.target)
        return post

    def drop_next_poll(self) -> None:
        """Has its connection closed without an answer."""
        self._is_dropping = True

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                break
            self.connections += 1
            thread = threading.Thread(target=self._serve_connection, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()
        with self._changed:
            self._left = 0
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(WAIT_S)

    def _serve_connection(self, client: socket.socket) -> None:
        with closing(client):
            client.settimeout(WAIT_S)
            self._serve(client)

    def _answer_to(self, request: RecordedRequest) -> tuple[int, bytes, dict[str, str]]:
        if request.method == "POST":
            with self._changed:
                self._left -= 1
                self._changed.notify_all()
            return super()._answer_to(request)
        with self._changed:
            if self._is_dropping:
                self._is_dropping = False
                raise ConnectionResetError
            numbered = next(self._numbered, None)
            if numbered is None:
                self._changed.wait_for(lambda: self._left <= 0, WAIT_S)
                return super()._answer_to(request)
        number, event = numbered
        more = self._more | {"Aws_Request_Id": f"request-{number}"}
        if number in self._deadlines_ms:
            more["Deadline_Ms"] = str(self._deadlines_ms[number])
        return 200, event, next_headers(**more)

    def _serve(self, client: socket.socket) -> None:
        with suppress(ConnectionError):  # the runtime has closed it, or the test drops this one
            super()._serve(client)
