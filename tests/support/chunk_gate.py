"""A gate that opens when a certain chunk has arrived: for a runtime in a process of its own.

The function waits at the gate after it has yielded the chunk. A runtime that holds the chunk back
waits in vain: its stream ends with a time-out.
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
    """Lets the function through once for each chunk in `chunks`, when that chunk has arrived.

    It is the `on_data` of a `FakeRuntimeApi`, which calls it with all data that arrives.
    """

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = list(chunks)
        self._received = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(WAIT_S)
        self.port: int = self._listener.getsockname()[1]

    def __call__(self, data: bytes) -> None:
        self._received += data
        while self._chunks and self._chunks[0] in self._received:
            _, self._received = self._received.split(self._chunks.pop(0), 1)
            function, _ = self._listener.accept()
            with function:
                function.sendall(b".")

    def __enter__(self) -> ChunkGate:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
