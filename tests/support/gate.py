"""A gate between two chunks: the handler waits at it until the test, having read chunk 1, opens it."""

from __future__ import annotations

import socket
from types import TracebackType

WAIT_S = 30.0


class Gate:
    """Listens on a loopback port; a handler connects to it and reads one byte before it goes on."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(WAIT_S)
        self.port: int = self._listener.getsockname()[1]

    def open(self) -> None:
        """Lets the handler that waits (or is about to) pass, once."""
        waiting, _ = self._listener.accept()
        with waiting:
            waiting.sendall(b".")

    def __enter__(self) -> Gate:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
