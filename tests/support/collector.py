"""Collectors of monitoring data, on loopback: for HTTP, and for the datagrams of X-Ray."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

WAIT_S = 20.0


class Collector:
    """Keeps the bodies that are posted, unpacked. While `gate` is shut, it takes none."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.gate = threading.Event()
        self.gate.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.gate.wait(WAIT_S)
                is_packed = self.headers["Content-Encoding"] == "gzip"
                outer.bodies.append(gzip.decompress(body) if is_packed else body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join(WAIT_S)
        self._server.server_close()


class DatagramCollector:
    """The X-Ray daemon's port: documents of segments, each after a line that says so."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(WAIT_S)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.documents: list[dict[str, Any]] = []

    def receive(self, count: int) -> None:
        """Waits until `count` documents have come. Raises TimeoutError."""
        while len(self.documents) < count:
            self.documents.append(json.loads(self._socket.recv(65536).partition(b"\n")[2]))

    def close(self) -> None:
        """Frees the port."""
        self._socket.close()
