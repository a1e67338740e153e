"""Measures the runtime's own first byte, without an endpoint: a process, and a bare Runtime API.

What an endpoint adds is its time to the first byte minus this one.
"""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.endpoints.client import BadResponse
from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.prepared_start import prepare
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import StartMode, start_mode
from streambda.local.runtime_api.telemetry import Telemetry

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


def measure_first_bytes(assembly: Path, name: str, count: int) -> list[float]:
    """Seconds from an invocation to the first byte after the prelude, for `count` invocations."""
    functions = read_assembly(assembly).functions
    return asyncio.run(_run_function(next(one for one in functions if name in one.name), count))


async def _run_function(function: LocalFunction, count: int) -> list[float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        listener.settimeout(_TIME_LIMIT_S)
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        prepared = await prepare(
            function,
            SandboxFiles(Path(folder)),
            address,
            Telemetry(),
            log=_drop_line,
            note=_drop_line,
            options=EnvironmentOptions(),
        )
        process = await prepared.start()
        try:
            many = start_mode(function) is StartMode.MANAGED_NODE
            serve = _serve_connections if many else _serve
            return await asyncio.to_thread(serve, listener, count)
        finally:
            await process.kill()


def _drop_line(line: str) -> None:
    """The log is not measured."""


def _serve(listener: socket.socket, count: int) -> list[float]:
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(_TIME_LIMIT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return [_invoke(connection) for _ in range(count)]


def _serve_connections(listener: socket.socket, count: int) -> list[float]:
    """For a runtime that polls on one connection and answers on another."""
    with ExitStack() as stack:
        poll = stack.enter_context(listener.accept()[0])
        times, answers = [], None
        for _ in range(count):
            _receive_until(poll, b"", b"\r\n\r\n")
            start = time.perf_counter()
            poll.sendall(_NEXT)
            answers = answers or stack.enter_context(listener.accept()[0])
            received = _receive_until(answers, b"", _DELIMITER)
            while received.endswith(_DELIMITER + b"\r\n"):
                received += _receive(answers)
            times.append(time.perf_counter() - start)
            _receive_until(answers, received, b"\r\n0\r\n")
            answers.sendall(_ACCEPTED)
        return times


def _invoke(connection: socket.socket) -> float:
    _receive_until(connection, b"", b"\r\n\r\n")  # GET …/next
    start = time.perf_counter()
    connection.sendall(_NEXT)
    received = _receive_until(connection, b"", _DELIMITER)
    while received.endswith(_DELIMITER + b"\r\n"):
        received += _receive(connection)
    first = time.perf_counter() - start
    _receive_until(connection, received, b"\r\n0\r\n")
    connection.sendall(_ACCEPTED)
    return first


def _receive_until(connection: socket.socket, received: bytes, mark: bytes) -> bytes:
    while mark not in received:
        received += _receive(connection)
    return received


def _receive(connection: socket.socket) -> bytes:
    if data := connection.recv(_READ):
        return data
    raise BadResponse("the runtime closed its connection")
