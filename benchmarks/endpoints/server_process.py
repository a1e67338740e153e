"""Runs the server of the benchmark as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.endpoints.client import Address

THIS_TREE = Path(__file__).parents[2]
SERVER = "benchmarks.endpoints.server"


class ServerFailed(Exception):
    """The local cloud did not start, or lacks something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProcess:
    """The running local cloud, and the addresses of its endpoints."""

    pid: int
    started: float  # time.monotonic() at the start of the process
    endpoints: tuple[dict[str, str], ...]

    def function_url(self, name: str) -> Address:
        return self._find_endpoint("function-url", f"Endpoints-{name.capitalize()}")

    def rest_api(self, name: str) -> Address:
        return self._find_endpoint("rest-api", "").append(name)

    def lambda_api(self, name: str) -> Address:
        path = f"2021-11-15/functions/Endpoints-{name.capitalize()}/response-streaming-invocations"
        return self._find_endpoint("lambda-api", "").append(path)

    def _find_endpoint(self, kind: str, name: str) -> Address:
        for endpoint in self.endpoints:
            if endpoint["kind"] == kind and endpoint["name"].startswith(name):
                parts = urlsplit(endpoint["url"])
                return Address(host=str(parts.hostname), port=parts.port or 80, path=parts.path)
        raise ServerFailed(f"there is no {kind} {name}")

    def read_memory(self) -> float:
        """The server's memory in MiB, without the functions' processes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise ServerFailed(f"process {self.pid} has no VmRSS")

    def read_cpu(self) -> float:
        """The CPU time that all threads of the server have taken, in seconds."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def run_server(
    assembly: Path, tree: Path = THIS_TREE, module: str = SERVER
) -> Iterator[ServerProcess]:
    """Starts the local cloud of a working tree on `assembly`, and ends it afterwards."""
    own = tree / ".venv/bin/python"
    python = sys.executable if tree == THIS_TREE or not own.exists() else str(own)
    path = os.pathsep.join((str(tree), str(tree / "lambda_src")))
    started = time.monotonic()
    with subprocess.Popen(
        [python, "-m", module, str(assembly)],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise ServerFailed("the local cloud ended before it printed its endpoints")
        try:
            yield ServerProcess(pid=process.pid, started=started, endpoints=tuple(json.loads(line)))
        finally:
            process.stdin.close()
            process.wait(30)
