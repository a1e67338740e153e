"""What is measured, one function each: the server in, figures out."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endpoints import floor
from benchmarks.endpoints.client import Address, Read, delays, fetch
from benchmarks.endpoints.served import Served, served

KIB = 1024
_STEP = 25  # environments started at once, and lines that each then sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much of each; `QUICK` only shows that it runs."""

    requests: int
    small_chunks: int
    large_chunks: int
    streams: int
    seconds: int
    repeats: int


FULL = Scale(
    requests=300, small_chunks=100_000, large_chunks=8_000, streams=200, seconds=30, repeats=3
)
QUICK = Scale(requests=20, small_chunks=2_000, large_chunks=200, streams=8, seconds=2, repeats=1)

Figures = dict[str, float]


def first_bytes(assembly: Path, server: Served, scale: Scale) -> Figures:
    """Median milliseconds that each endpoint adds to the runtime's own first byte, warm.

    Counted from the request's last byte on a new connection to the first byte of the body.
    """
    endpoints = {
        "Function URL": server.function_url("first"),
        "REST API": server.rest_api("first"),
        "Lambda API": server.lambda_api("first"),
    }
    for address in endpoints.values():
        fetch(address)
    own = floor.first_bytes(assembly, "First", scale.requests)
    times: dict[str, list[float]] = {name: [] for name in endpoints}
    for _ in range(scale.requests):
        for name, address in endpoints.items():
            times[name].append(fetch(address).first)
    below = statistics.median(own)
    return {name: (statistics.median(them) - below) * 1000 for name, them in times.items()}


def chunk_rate(server: Served, scale: Scale) -> float:
    """Chunks of 64 bytes in a second, through a Function URL."""
    address, count = server.function_url("small"), scale.small_chunks
    return _best(address, count, scale, lambda read: scale.small_chunks / read.whole)


def bandwidth(server: Served, scale: Scale) -> float:
    """MB in a second, in chunks of 64 KiB, through a Function URL."""
    address, count = server.function_url("large"), scale.large_chunks
    return _best(
        address, count, scale, lambda read: scale.large_chunks * 64 * KIB / read.whole / 1e6
    )


def _best(address: Address, count: int, scale: Scale, rate: Callable[[Read], float]) -> float:
    fetch(address, 1)
    return max(rate(fetch(address, count)) for _ in range(scale.repeats))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    p50_ms: float
    p99_ms: float
    memory_begun: float  # MiB of the server, when all streams run
    memory_ended: float


def crowd(server: Served, scale: Scale) -> Crowd:
    """Many streams at once, each of a line in 100 ms: how late lines are, and what it takes."""
    return asyncio.run(_crowd(server, scale))


async def _crowd(server: Served, scale: Scale) -> Crowd:
    address, count = server.function_url("paced"), scale.seconds * 10
    # Starting 200 processes at once is another matter than serving them.
    for running in range(_STEP, scale.streams + _STEP, _STEP):
        await asyncio.gather(*(delays(address, _STEP) for _ in range(running)))
    streams = [asyncio.create_task(delays(address, count)) for _ in range(scale.streams)]
    await asyncio.sleep(scale.seconds / 10)
    begun_with = server.memory()
    await asyncio.sleep(scale.seconds * 0.8)
    ended_with = server.memory()
    late = sorted(delay for stream in await asyncio.gather(*streams) for delay in stream)
    return Crowd(
        p50_ms=late[len(late) // 2] * 1000,
        p99_ms=late[len(late) * 99 // 100] * 1000,
        memory_begun=begun_with,
        memory_ended=ended_with,
    )


def start(assembly: Path, scale: Scale) -> float:
    """Median seconds from the process's start to the first byte of the first request."""
    taken = []
    for _ in range(scale.repeats):
        with served(assembly) as server:
            fetch(server.function_url("first"))
            taken.append(time.monotonic() - server.begun)
    return statistics.median(taken)


def arrivals(server: Served, scale: Scale) -> dict[str, Sequence[tuple[float, int]]]:
    """Of each endpoint: when how many bytes of a paced stream have arrived."""
    count = min(20, scale.requests)
    endpoints = {
        "Function URL": server.function_url("paced"),
        "REST API": server.rest_api("paced"),
        "Lambda API": server.lambda_api("paced"),
    }
    return {name: fetch(it, count, trace=True).arrivals for name, it in endpoints.items()}
