"""A client that adds as little as can be: a socket, and no parser between it and the clock."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from dataclasses import dataclass, replace
from urllib.parse import urlencode

_HEAD_END = b"\r\n\r\n"
_READ = 1 << 18


class BadAnswer(Exception):
    """The endpoint answered with an error, or cut the response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    host: str
    port: int
    path: str

    def below(self, path: str) -> Address:
        return replace(self, path=f"{self.path.rstrip('/')}/{path}")

    @property
    def is_http(self) -> bool:
        """Not Lambda's own API, whose body is an event stream."""
        return not self.path.endswith("response-streaming-invocations")

    def request(self, count: int | None = None) -> bytes:
        asked = {} if count is None else {"count": count}
        if self.is_http:
            return self._head("GET", f"{self.path}?{urlencode(asked)}")
        body = json.dumps(asked).encode()
        return self._head("POST", self.path, f"Content-Length: {len(body)}") + body

    def _head(self, method: str, target: str, *fields: str) -> bytes:
        host = f"Host: {self.host}:{self.port}"
        lines = [f"{method} {target} HTTP/1.1", host, "Connection: close", *fields, "", ""]
        return "\r\n".join(lines).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Seconds from the request's last byte, and the bytes of the body with its chunk framing."""

    first: float
    whole: float
    size: int
    arrivals: tuple[tuple[float, int], ...]  # when, and how much of the body was there by then


def fetch(address: Address, count: int | None = None, *, trace: bool = False) -> Read:
    with socket.create_connection((address.host, address.port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(address.request(count))
        sent = time.perf_counter()
        body = _after_head(connection)
        while not body:
            body = _some(connection)
        first = time.perf_counter() - sent
        size, arrivals, tail = len(body), [(first, len(body))], body
        while data := connection.recv(_READ):
            size += len(data)
            tail = (tail + data)[-8:]
            if trace:
                arrivals.append((time.perf_counter() - sent, size))
    whole = time.perf_counter() - sent
    if address.is_http and not tail.endswith(b"0\r\n\r\n"):
        raise BadAnswer(f"{address.path}: cut, it ends with {tail!r}")
    return Read(first=first, whole=whole, size=size, arrivals=tuple(arrivals))


def _after_head(connection: socket.socket) -> bytes:
    """What came of the body together with the head."""
    head = b""
    while _HEAD_END not in head:
        head += _some(connection)
    status, _, _ = head.partition(b"\r\n")
    if b" 200 " not in status:
        raise BadAnswer(status.decode(errors="replace"))
    return head.partition(_HEAD_END)[2]


def _some(connection: socket.socket) -> bytes:
    if data := connection.recv(_READ):
        return data
    raise BadAnswer("the connection ended before the body began")


async def delays(address: Address, count: int) -> list[float]:
    """Of one stream of `count` lines with the time they were made: seconds on the way, each."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(address.request(count))
    found: list[float] = []
    try:
        await reader.readuntil(_HEAD_END)
        while size := int((await reader.readline()) or b"0", 16):
            line = await reader.readexactly(size + 2)
            now = time.monotonic_ns()
            found.extend((now - int(one)) / 1e9 for one in line.split())
    finally:
        writer.close()
    if len(found) != count:
        raise BadAnswer(f"{len(found)} of {count} lines arrived")
    return found
