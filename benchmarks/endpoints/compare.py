"""`python -m benchmarks.endpoints.compare TREE...`: this working tree beside others, in one run.

All servers run at the same time, and the requests go to one after another in turns: so what else
the machine does meets all of them. All serve the assembly of this tree. The CPU time of a server,
for each request, is steadier than any clock; of the clocks the tenth percentile is.

A TREE has a `.venv` of its own, or is served with the packages of this one. TREE:MODULE names the
server's module, where it is not `benchmarks.endpoints.server`.

Exit status: 0 it was measured, 1 a server did not start, or a response was cut or wrong.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.endpoints.assembly import synthesise
from benchmarks.endpoints.client import Address, BadResponse, fetch
from benchmarks.endpoints.server_process import (
    SERVER,
    THIS_TREE,
    ServerFailed,
    ServerProcess,
    run_server,
)
from benchmarks.markdown_table import format_table

# Requests to one server before it is the next one's turn; the first ones warm it up.
IN_TURN = 10
WARM_UP = 50

ENDPOINTS: dict[str, Callable[[ServerProcess], Address]] = {
    "Function URL": lambda server: server.function_url("first"),
    "REST API": lambda server: server.rest_api("first"),
    "Lambda API": lambda server: server.lambda_api("first"),
}


@dataclass(frozen=True, slots=True)
class Tree:
    """A working tree, and the module of its server."""

    path: Path
    module: str = SERVER

    @classmethod
    def parse(cls, text: str) -> Tree:
        """TREE or TREE:MODULE."""
        path, colon, module = text.partition(":")
        return cls(Path(path).resolve(), module if colon else SERVER)


@dataclass(slots=True)
class Samples:
    """What one endpoint of one server has taken, in seconds."""

    first_bytes: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def percentile(self, percent: int) -> float:
        return sorted(self.first_bytes)[len(self.first_bytes) * percent // 100]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoints.compare")
    parser.add_argument("trees", nargs="+", metavar="TREE[:MODULE]", help="the others")
    parser.add_argument("--requests", type=int, default=1000, help="to each endpoint")
    parser.add_argument("--starts", type=int, default=10, help="of each server")
    options = parser.parse_args(arguments)
    trees = [*map(Tree.parse, options.trees), Tree(THIS_TREE)]
    with tempfile.TemporaryDirectory(prefix="streambda-bench-") as folder:
        assembly = synthesise(Path(folder))
        try:
            rows = [*_compare_requests(assembly, trees, options.requests)]
            rows += _compare_starts(assembly, trees, options.starts)
        except (ServerFailed, BadResponse) as failure:
            sys.stderr.write(f"benchmarks: {failure}\n")
            return 1
    head = ["", *(str(tree.path) for tree in trees), "this / the first"]
    sys.stdout.write(format_table(head, rows) + "\n")
    return 0


def _compare_requests(assembly: Path, trees: Sequence[Tree], count: int) -> list[list[str]]:
    rows = []
    with ExitStack() as stack:
        servers = [
            stack.enter_context(run_server(assembly, tree.path, tree.module)) for tree in trees
        ]
        for name, find in ENDPOINTS.items():
            addresses = [find(server) for server in servers]
            for address in addresses * WARM_UP:
                fetch(address)
            samples = _take_turns(servers, addresses, count)
            for percent in (50, 10):
                values = [one.percentile(percent) * 1e3 for one in samples]
                rows.append(_format_row(f"{name}, first byte, p{percent}", values, "ms"))
            cpu = [one.cpu / len(one.first_bytes) * 1e6 for one in samples]
            rows.append(_format_row(f"{name}, CPU for each request", cpu, "us"))
    return rows


def _take_turns(
    servers: Sequence[ServerProcess], addresses: Sequence[Address], count: int
) -> list[Samples]:
    samples = [Samples() for _ in servers]
    order = list(range(len(servers)))
    for _ in range(0, count, IN_TURN):
        for one in order:
            before = servers[one].read_cpu()
            samples[one].first_bytes += [fetch(addresses[one]).first_byte for _ in range(IN_TURN)]
            samples[one].cpu += servers[one].read_cpu() - before
        order.reverse()  # none of them always comes after the same one
    return samples


def _compare_starts(assembly: Path, trees: Sequence[Tree], count: int) -> list[list[str]]:
    """Up to the endpoints, and on to the first byte of the first response."""
    taken: list[list[tuple[float, float, float]]] = [[] for _ in trees]
    for _ in range(count):
        for number, tree in enumerate(trees):
            with run_server(assembly, tree.path, tree.module) as server:
                up, cpu = time.monotonic() - server.started, server.read_cpu()
                fetch(server.function_url("first"))
                taken[number].append((up, time.monotonic() - server.started, cpu))
    columns = [list(zip(*one, strict=True)) for one in taken]
    names = ("start to endpoints", "start to first byte", "CPU up to the endpoints")
    return [
        _format_row(f"{name}, median", [statistics.median(one[at]) * 1e3 for one in columns], "ms")
        for at, name in enumerate(names)
        if count
    ]


def _format_row(name: str, values: Sequence[float], unit: str) -> list[str]:
    return [name, *(f"{value:.4g} {unit}" for value in values), f"{values[-1] / values[0]:.3f}"]


if __name__ == "__main__":
    sys.exit(main())
