"""The runtime's own first byte: its process, and a Runtime API that is two calls of a socket.

What an endpoint adds is what is left of its first byte without this.
"""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import time
from pathlib import Path

from benchmarks.endpoints.client import BadAnswer
from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.environments.running_function import start_process
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.model.functions import LocalFunction

_DELIMITER = b"\0" * 8
_READ = 1 << 18
_TIME_LIMIT_S = 30

_EVENT = json.dumps(
    {"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "GET", "path": "/"}}}
).encode()
_NEXT = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Lambda-Runtime-Aws-Request-Id: r\r\nLambda-Runtime-Invocation-Id: i\r\n"
    "Lambda-Runtime-Deadline-Ms: 9999999999999\r\nLambda-Runtime-Invoked-Function-Arn: a\r\n"
    f"Lambda-Runtime-Trace-Id: t\r\nContent-Length: {len(_EVENT)}\r\n\r\n"
).encode() + _EVENT
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


def first_bytes(assembly: Path, name: str, count: int) -> list[float]:
    """Seconds from an invocation to the first byte behind the prelude, for each of `count`."""
    functions = read_assembly(assembly).functions
    return asyncio.run(_measured(next(one for one in functions if name in one.name), count))


async def _measured(function: LocalFunction, count: int) -> list[float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as endpoint,
    ):
        endpoint.settimeout(_TIME_LIMIT_S)
        address = f"127.0.0.1:{endpoint.getsockname()[1]}"
        process = await start_process(function, SandboxFiles(Path(folder)), address, _forget, _forget)
        try:
            return await asyncio.to_thread(_serve, endpoint, count)
        finally:
            await process.kill()


def _forget(line: str) -> None:
    """A log is not what is measured."""


def _serve(endpoint: socket.socket, count: int) -> list[float]:
    peer, _ = endpoint.accept()
    with peer:
        peer.settimeout(_TIME_LIMIT_S)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return [_invoke(peer) for _ in range(count)]


def _invoke(peer: socket.socket) -> float:
    _until(peer, b"", b"\r\n\r\n")  # GET …/next
    begun = time.perf_counter()
    peer.sendall(_NEXT)
    seen = _until(peer, b"", _DELIMITER)
    while seen.endswith(_DELIMITER + b"\r\n"):
        seen += _some(peer)
    first = time.perf_counter() - begun
    _until(peer, seen, b"\r\n0\r\n")
    peer.sendall(_ACCEPTED)
    return first


def _until(peer: socket.socket, seen: bytes, mark: bytes) -> bytes:
    while mark not in seen:
        seen += _some(peer)
    return seen


def _some(peer: socket.socket) -> bytes:
    if data := peer.recv(_READ):
        return data
    raise BadAnswer("the runtime closed its connection")
