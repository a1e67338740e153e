"""The floor in Python: a bare `_socket` loop that sends prepared bytes and checks nothing.

No pure Python runtime can take less time. What streambda takes more is the cost of its features.
"""

from __future__ import annotations

import os
import time
from _socket import IPPROTO_TCP, TCP_NODELAY
from _socket import socket as Socket

ADDRESS = os.environ["AWS_LAMBDA_RUNTIME_API"]
HEAD = (
    "POST /2018-06-01/runtime/invocation/%b/response HTTP/1.1\r\n"
    f"Host: {ADDRESS}\r\nUser-Agent: floor\r\n"
    "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
    "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
    "Transfer-Encoding: chunked\r\n"
    "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
).encode()
NEXT = f"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {ADDRESS}\r\n\r\n".encode()
PRELUDE = b'{"statusCode":200,"headers":{"content-type":"application/octet-stream"}}' + b"\0" * 8


def after(data: bytes, mark: bytes, end: bytes) -> bytes:
    """What is between `mark` and `end`."""
    return data.partition(mark)[2].partition(end)[0]


def stream(sock: Socket, event: bytes) -> None:
    path = after(event, b'"rawPath":"/', b'"').split(b"/")
    count, size, pause_us = int(path[0]), int(path[1]), int(path[2])
    item = b"x" * (size - 1) + b"\n"
    chunk = b"%x\r\n%b\r\n" % (size, item)
    head = HEAD % after(event, b"Aws-Request-Id: ", b"\r\n")
    first = b"%b%x\r\n%b" % (head, len(PRELUDE) + size, PRELUDE)
    if pause_us:
        paced(sock, first, item, count, pause_us)
    else:
        sock.sendall(first + item + b"\r\n")
        for _ in range(count - 1):
            sock.sendall(chunk)
    sock.sendall(b"0\r\n\r\n")


def paced(sock: Socket, start: bytes, item: bytes, count: int, pause_us: int) -> None:
    for _ in range(count):
        time.sleep(pause_us / 1e6)
        sock.sendall(b"%b%016x%b\r\n" % (start, time.monotonic_ns(), item[16:]))
        start = b"%x\r\n" % len(item)


def main() -> None:
    host, _, port = ADDRESS.partition(":")
    sock = Socket()
    sock.connect((host, int(port)))
    sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    while True:
        sock.sendall(NEXT)
        stream(sock, sock.recv(65536))  # loopback, one send: it comes in one piece
        sock.recv(65536)


main()
