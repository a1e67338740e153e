"""A client that adds as little time as possible: a socket, and no parser before the clock."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from dataclasses import dataclass, replace
from urllib.parse import urlencode

_HEAD_END = b"\r\n\r\n"
_READ = 1 << 18


class BadResponse(Exception):
    """The endpoint answered with an error, or cut the response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An endpoint, or a path below it."""

    host: str
    port: int
    path: str

    def append(self, path: str) -> Address:
        return replace(self, path=f"{self.path.rstrip('/')}/{path}")

    @property
    def is_http(self) -> bool:
        """False for the Lambda API: its body is an event stream."""
        return not self.path.endswith("response-streaming-invocations")

    def make_request(self, count: int | None = None) -> bytes:
        parameters = {} if count is None else {"count": count}
        if self.is_http:
            return self._head("GET", f"{self.path}?{urlencode(parameters)}")
        body = json.dumps(parameters).encode()
        return self._head("POST", self.path, f"Content-Length: {len(body)}") + body

    def _head(self, method: str, target: str, *fields: str) -> bytes:
        host = f"Host: {self.host}:{self.port}"
        lines = [f"{method} {target} HTTP/1.1", host, "Connection: close", *fields, "", ""]
        return "\r\n".join(lines).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTiming:
    """Times in seconds from the request's last byte; sizes in bytes, with the chunks' framing."""

    first_byte: float
    total: float
    size: int
    arrivals: tuple[tuple[float, int], ...]  # (time, how much of the body had arrived)


def fetch(address: Address, count: int | None = None, *, trace: bool = False) -> ResponseTiming:
    """Reads a whole response. `trace`: also when which part of it arrived."""
    with socket.create_connection((address.host, address.port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(address.make_request(count))
        sent = time.perf_counter()
        body = _read_head(connection)
        while not body:
            body = _receive(connection)
        first = time.perf_counter() - sent
        size, arrivals, tail = len(body), [(first, len(body))], body
        while data := connection.recv(_READ):
            size += len(data)
            tail = (tail + data)[-8:]
            if trace:
                arrivals.append((time.perf_counter() - sent, size))
    total = time.perf_counter() - sent
    if address.is_http and not tail.endswith(b"0\r\n\r\n"):
        raise BadResponse(f"{address.path}: the response is cut, it ends with {tail!r}")
    return ResponseTiming(first_byte=first, total=total, size=size, arrivals=tuple(arrivals))


def _read_head(connection: socket.socket) -> bytes:
    """Reads the head. Returns the part of the body that came with it."""
    head = b""
    while _HEAD_END not in head:
        head += _receive(connection)
    status, _, _ = head.partition(b"\r\n")
    if b" 200 " not in status:
        raise BadResponse(status.decode(errors="replace"))
    return head.partition(_HEAD_END)[2]


def _receive(connection: socket.socket) -> bytes:
    if data := connection.recv(_READ):
        return data
    raise BadResponse("the connection ended before the body began")


async def measure_delays(address: Address, count: int) -> list[float]:
    """Reads `count` lines, each with the time when it was sent. Returns each one's delay in s."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(address.make_request(count))
    delays: list[float] = []
    try:
        await reader.readuntil(_HEAD_END)
        while size := int((await reader.readline()) or b"0", 16):
            line = await reader.readexactly(size + 2)
            now = time.monotonic_ns()
            delays.extend((now - int(one)) / 1e9 for one in line.split())
    finally:
        writer.close()
    if len(delays) != count:
        raise BadResponse(f"{len(delays)} of {count} lines arrived")
    return delays
