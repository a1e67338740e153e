"""A runtime whose functions stream numbered bytes; the event says how many, and how they end.

Runs as a bootstrap, on the standard library alone. What an invocation does is in the event, or in
the query of an HTTP request: `size` bytes from the number `seed` on, and at byte `at` what `end`
says: `crash`, `error`, or `hold` until it is killed.
"""

import json
import os
import random
import signal
import socket
from collections.abc import Iterator
from typing import Any

PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
BASE = "/2018-06-01/runtime/invocation"
ERROR = "Lambda-Runtime-Function-Error-Type"


def number_bytes(seed: int, size: int) -> bytes:
    """No eight bytes in a row occur twice."""
    return b"".join(b"%08d" % (seed + number) for number in range(size // 8 + 1))[:size]


def split(data: bytes, seed: int) -> Iterator[bytes]:
    """Into pieces of any size."""
    sizes = random.Random(seed)
    while data:
        size = sizes.randint(1, 4000)
        yield data[:size]
        data = data[size:]


class Api:
    def __init__(self) -> None:
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def read_response(self) -> tuple[dict[str, str], bytes]:
        self.file.readline()
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return headers, self.file.read(int(headers["content-length"]))

    def serve_one(self) -> None:
        self.socket.sendall(f"GET {BASE}/next HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        headers, body = self.read_response()
        event = json.loads(body)
        over_http = "requestContext" in event
        request = event.get("queryStringParameters") if over_http else event
        head = f"POST {BASE}/{headers['lambda-runtime-aws-request-id']}/response HTTP/1.1\r\n"
        head += "Host: x\r\nTransfer-Encoding: chunked\r\n"
        head += f"Lambda-Runtime-Function-Response-Mode: streaming\r\nTrailer: {ERROR}\r\n"
        self.socket.sendall(f"{head}Content-Type: {PRELUDE_TYPE}\r\n\r\n".encode())
        if over_http:
            prelude = {"statusCode": 200, "headers": {"x-pid": str(os.getpid())}}
            self.send_chunk(json.dumps(prelude).encode() + b"\0" * 8)
        self.stream(request)

    def stream(self, request: dict[str, Any]) -> None:
        seed, end = int(request["seed"]), request.get("end", "")
        stop = int(request["at"]) if end else int(request["size"])
        for piece in split(number_bytes(seed, int(request["size"]))[:stop], seed):
            self.send_chunk(piece)
        if end == "crash":
            os._exit(3)
        while end == "hold":
            signal.pause()
        trailer = f"{ERROR}: Function.Error\r\n" if end == "error" else ""
        self.socket.sendall(f"0\r\n{trailer}\r\n".encode())
        self.read_response()

    def send_chunk(self, data: bytes) -> None:
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))


if __name__ == "__main__":
    api = Api()
    while True:
        api.serve_one()
