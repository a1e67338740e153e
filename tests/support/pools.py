"""Pools of real processes, and the lines that they log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.pool import Environment, FunctionPool
from streambda.local.environments.pools import Pools
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.invocation.log_lines import LogLine
from streambda.local.invocation.stream import InvocationRequest
from streambda.local.model.functions import LocalFunction


class PoolLog:
    """Remembers every line; as a listener of an environment it does nothing."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.lines]

    def log(self, line: LogLine) -> None:
        self.lines.append(line)

    def write_line(self, line: str, request_id: str | None) -> None:
        self.log(LogLine(function="", request_id=request_id, text=line))

    def idle(self, environment: Environment) -> None:
        """There is no pool that could give it an invocation."""

    def gone(self, environment: Environment) -> None:
        """There is no pool that counts its environments."""


@asynccontextmanager
async def run_pool(
    function: LocalFunction, folder: Path, options: EnvironmentOptions
) -> AsyncIterator[tuple[FunctionPool, PoolLog]]:
    log = PoolLog()
    async with asyncio.TaskGroup() as tasks:
        pools = Pools(SandboxFiles(folder), tasks, log.log, options)
        pools.add([function])
        yield pools.of(function), log
        pools.close()


def new_request(event: bytes = b"{}", request_id: str = "r") -> InvocationRequest:
    return InvocationRequest(
        request_id=request_id, invocation_id="i", function_arn="arn", event=event, trace_id="t"
    )
