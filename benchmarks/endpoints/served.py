"""The server of the benchmark, started and ended."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.endpoints.client import Address


class NotServed(Exception):
    """The local cloud did not start, or did not answer as it must."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    pid: int
    begun: float  # time.monotonic() when the process was started
    endpoints: tuple[dict[str, str], ...]

    def function_url(self, name: str) -> Address:
        return self._endpoint("function-url", f"Endpoints-{name.capitalize()}")

    def rest_api(self, name: str) -> Address:
        return self._endpoint("rest-api", "").below(name)

    def lambda_api(self, name: str) -> Address:
        path = f"2021-11-15/functions/Endpoints-{name.capitalize()}/response-streaming-invocations"
        return self._endpoint("lambda-api", "").below(path)

    def _endpoint(self, kind: str, name: str) -> Address:
        for endpoint in self.endpoints:
            if endpoint["kind"] == kind and endpoint["name"].startswith(name):
                parts = urlsplit(endpoint["url"])
                return Address(host=str(parts.hostname), port=parts.port or 80, path=parts.path)
        raise NotServed(f"there is no {kind} {name}")

    def memory(self) -> float:
        """MiB of the server alone, without the processes of functions."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise NotServed(f"process {self.pid} tells no VmRSS")


@contextmanager
def served(assembly: Path) -> Iterator[Served]:
    begun = time.monotonic()
    command = [sys.executable, "-m", "benchmarks.endpoints.server", str(assembly)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise NotServed("the local cloud ended before it told its endpoints")
        try:
            yield Served(pid=process.pid, begun=begun, endpoints=tuple(json.loads(line)))
        finally:
            process.stdin.close()
            process.wait(30)
