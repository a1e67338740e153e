"""A gate for a runtime in a process of its own: it opens once a certain chunk has arrived.

`FakeRuntimeApi(on_data=…)` calls it with what arrives. The function waits at the gate behind that
chunk; a runtime that holds the chunk back waits in vain, and its stream ends with a time-out.
"""

from __future__ import annotations

import socket
from types import TracebackType

WAIT_S = 15.0

# What a handler calls before it makes its next chunk.
WAIT_AT_GATE = f"""
import socket

def wait_at(gate):
    with socket.create_connection(("127.0.0.1", gate), timeout={WAIT_S}) as waiting:
        assert waiting.recv(1) == b"."
"""


class ChunkGate:
    """Lets one visitor through for every chunk in `after`, each when it has arrived."""

    def __init__(self, *after: bytes) -> None:
        self._after = list(after)
        self._seen = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(WAIT_S)
        self.port: int = self._listener.getsockname()[1]

    def __call__(self, data: bytes) -> None:
        self._seen += data
        while self._after and self._after[0] in self._seen:
            _, self._seen = self._seen.split(self._after.pop(0), 1)
            visitor, _ = self._listener.accept()
            with visitor:
                visitor.sendall(b".")

    def __enter__(self) -> ChunkGate:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
