"""A Runtime API that follows a script, byte by byte: it answers early, breaks off, goes away."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.fake_runtime_api import WAIT_S

NEXT = b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nContent-Length: 2\r\n\r\n{}"
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
TOO_LARGE = (
    b"HTTP/1.1 413 Request Entity Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge"
)

# The errors of a runtime whose Runtime API has gone. Which one it is depends on timing.
GONE = "no Runtime API|without an answer|in the middle of a request"


@contextmanager
def serve_script(script: Callable[[socket.socket], None], connections: int = 1) -> Iterator[str]:
    """Runs `script` on each connection, in a thread. Yields the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(connections):
            accepted, _address = listener.accept()
            with accepted:
                accepted.settimeout(WAIT_S)
                script(accepted)
        listener.close()  # one more connection is refused at once

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(WAIT_S)
        assert not thread.is_alive()


def read_until(sock: socket.socket, ending: bytes) -> bytes:
    """Reads until the data end with `ending`, or the other side closes."""
    data = b""
    while not data.endswith(ending):
        more = sock.recv(65536)
        if not more:
            break
        data += more
    return data


def read_after(event: threading.Event, received: bytearray) -> Callable[[socket.socket], None]:
    """A script that reads nothing of a response until `event`, and then all into `received`."""

    def read(sock: socket.socket) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        assert event.wait(WAIT_S), "the other task did not run while the socket was full"
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received.extend(sock.recv(1 << 20))
        sock.sendall(ACCEPTED)

    return read
