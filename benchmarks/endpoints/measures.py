"""The measures, one function each: from the running server to figures."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endpoints import bare_runtime
from benchmarks.endpoints.client import Address, ResponseTiming, fetch, measure_delays
from benchmarks.endpoints.server_process import ServerProcess, run_server

KIB = 1024
_STEP = 25  # environments that start at the same time, and the lines that each then sends
# Requests before the first that counts, in a quick run too. Until then V8 has not compiled what it
# runs, and Node.js would look up to twice as slow as it is. For Python it changes nothing.
_WARM_UP = 300
_IN_TURN = 20  # requests to one function before it is the next one's turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much of each is measured. `QUICK` only shows that it runs."""

    requests: int
    small_chunks: int
    large_chunks: int
    streams: int
    seconds: int
    repeats: int


FULL = Scale(
    requests=300, small_chunks=100_000, large_chunks=8_000, streams=200, seconds=30, repeats=3
)
QUICK = Scale(requests=60, small_chunks=2_000, large_chunks=200, streams=8, seconds=2, repeats=1)

Figures = dict[str, float]


def measure_first_bytes(
    assembly: Path, server: ServerProcess, scale: Scale, names: Sequence[str]
) -> dict[str, Figures]:
    """For each function: the median ms that each endpoint adds to its runtime's own first byte.

    It runs from the last byte of a request, on a new connection, to the first byte of the body. The
    functions take turns, so that other work of the machine meets all of them.
    """
    addresses = {
        name: {
            "Function URL": server.function_url(name),
            "REST API": server.rest_api(name),
            "Lambda API": server.lambda_api(name),
        }
        for name in names
    }
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(-_WARM_UP, scale.requests, _IN_TURN):
        for name, endpoints in addresses.items():
            for _ in range(_IN_TURN):
                for endpoint, address in endpoints.items():
                    first_byte = fetch(address).first_byte
                    if number >= 0:
                        times[name, endpoint].append(first_byte)
    added: dict[str, Figures] = {}
    for name, endpoints in addresses.items():
        bare = _measure_bare_first_byte(assembly, name, scale)
        added[name] = {
            endpoint: (statistics.median(times[name, endpoint]) - bare) * 1000
            for endpoint in endpoints
        }
    return added


def _measure_bare_first_byte(assembly: Path, name: str, scale: Scale) -> float:
    """The median time in s of the runtime itself."""
    count = _WARM_UP + scale.requests
    times = bare_runtime.measure_first_bytes(assembly, name.capitalize(), count)
    return statistics.median(times[_WARM_UP:])


def measure_chunk_rate(server: ServerProcess, scale: Scale) -> float:
    """Chunks of 64 bytes per second, through a Function URL."""
    address, count = server.function_url("small"), scale.small_chunks
    return _find_best(address, count, scale, lambda timing: scale.small_chunks / timing.total)


def measure_bandwidth(server: ServerProcess, scale: Scale) -> float:
    """MB per second, in chunks of 64 KiB, through a Function URL."""
    address, count = server.function_url("large"), scale.large_chunks
    return _find_best(
        address, count, scale, lambda timing: scale.large_chunks * 64 * KIB / timing.total / 1e6
    )


def _find_best(
    address: Address, count: int, scale: Scale, rate: Callable[[ResponseTiming], float]
) -> float:
    fetch(address, 1)
    return max(rate(fetch(address, count)) for _ in range(scale.repeats))


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyStreams:
    """The figures of many streams at the same time."""

    p50_ms: float
    p99_ms: float
    memory_at_start: float  # of the server, in MiB, when all streams run
    memory_at_end: float


def measure_many_streams(server: ServerProcess, scale: Scale) -> ManyStreams:
    """Delay and memory with many streams at the same time, each with a line every 100 ms."""
    return asyncio.run(_run_many_streams(server, scale))


async def _run_many_streams(server: ServerProcess, scale: Scale) -> ManyStreams:
    address, count = server.function_url("paced"), scale.seconds * 10
    # Not all at once: the start of 200 processes is not measured here.
    for running in range(_STEP, scale.streams + _STEP, _STEP):
        await asyncio.gather(*(measure_delays(address, _STEP) for _ in range(running)))
    streams = [asyncio.create_task(measure_delays(address, count)) for _ in range(scale.streams)]
    await asyncio.sleep(scale.seconds / 10)
    at_start = server.read_memory()
    await asyncio.sleep(scale.seconds * 0.8)
    at_end = server.read_memory()
    delays = sorted(delay for stream in await asyncio.gather(*streams) for delay in stream)
    return ManyStreams(
        p50_ms=delays[len(delays) // 2] * 1000,
        p99_ms=delays[len(delays) * 99 // 100] * 1000,
        memory_at_start=at_start,
        memory_at_end=at_end,
    )


def measure_start(assembly: Path, scale: Scale) -> float:
    """The median time in s from the process's start to the first byte of the first response."""
    times = []
    for _ in range(scale.repeats):
        with run_server(assembly) as server:
            fetch(server.function_url("first"))
            times.append(time.monotonic() - server.started)
    return statistics.median(times)


def record_arrivals(server: ServerProcess, scale: Scale) -> dict[str, Sequence[tuple[float, int]]]:
    """For each endpoint: when which part of a paced stream arrived, as (seconds, bytes so far)."""
    count = min(20, scale.requests)
    endpoints = {
        "Function URL": server.function_url("paced"),
        "REST API": server.rest_api("paced"),
        "Lambda API": server.lambda_api("paced"),
    }
    return {name: fetch(it, count, trace=True).arrivals for name, it in endpoints.items()}
