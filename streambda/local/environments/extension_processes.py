"""Extensions that are programs: the files in /opt/extensions, each a process beside the function's.

They start before the runtime, which waits until they have registered. When the environment ends,
those who want to hear of it may take two seconds.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from streambda.local.environments.lambda_folders import LambdaFolders
from streambda.local.environments.orphan_guard import OrphanGuard
from streambda.local.environments.process import FunctionProcess
from streambda.local.runtime_api.extensions import (
    ExtensionErrorType,
    ExtensionFailed,
    Extensions,
    ShutdownReason,
)

FOLDER = "extensions"

# "The maximum duration of the Shutdown phase … Lambda function with a registered external
# extension: 2,000 ms", Using the Lambda Extensions API to create extensions.
SHUTDOWN_S = 2.0


@dataclass(frozen=True, slots=True)
class ProgramStart:
    """What all processes of an environment have in common."""

    folder: Path
    variables: Mapping[str, str]
    log: Callable[[str], None]
    orphans: OrphanGuard
    folders: LambdaFolders | None = None


def find_extensions(opt: Path | None) -> list[Path]:
    folder = opt / FOLDER if opt else None
    if folder is None or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file())


class ExtensionProcesses:
    def __init__(self, extensions: Extensions, processes: Mapping[str, FunctionProcess]) -> None:
        self._extensions = extensions
        self._processes = processes

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(process.pid for process in self._processes.values())

    async def settle_log(self) -> None:
        for process in self._processes.values():
            await process.settle_log()

    async def shut_down(self, reason: ShutdownReason, began_s: float) -> None:
        """Returns when those have ended that want to hear of it, or have had their time.

        That began at `began_s` of the monotonic clock, with the runtime's shutdown.
        """
        left_s = max(SHUTDOWN_S - (time.monotonic() - began_s), 0.0)
        told = self._extensions.shut_down(reason, int((time.time() + left_s) * 1000))
        with suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await asyncio.gather(*(self._processes[name].wait() for name in told))
        await self.settle_log()


@asynccontextmanager
async def run_extensions(
    paths: list[Path], extensions: Extensions, start: ProgramStart, exited: Callable[[], None]
) -> AsyncIterator[ExtensionProcesses]:
    """Starts them; they are gone when this is left. Calls `exited` if one ends by itself.

    Raises `ExtensionFailed` if one cannot be started.
    """
    extensions.expect([path.name for path in paths])
    processes: dict[str, FunctionProcess] = {}
    # Not in a task group, which would hide what is raised in here in a group of exceptions.
    async with AsyncExitStack() as stack:
        for path in paths:
            process = await _start(path, start)
            processes[path.name] = process
            stack.enter_context(start.orphans.guard(process.pid))
            stack.push_async_callback(process.kill)
            watch = asyncio.create_task(_watch(path.name, process, extensions, exited))
            stack.callback(watch.cancel)
        yield ExtensionProcesses(extensions, processes)


async def _start(path: Path, start: ProgramStart) -> FunctionProcess:
    try:
        return await FunctionProcess.start(
            (str(path),), start.folder, start.variables, start.log, start.folders
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"fork/exec /opt/{FOLDER}/{path.name}: {reason}"
        raise ExtensionFailed(ExtensionErrorType.LAUNCH_ERROR, message) from error


async def _watch(
    name: str, process: FunctionProcess, extensions: Extensions, exited: Callable[[], None]
) -> None:
    status = await process.wait()
    extensions.exited(name, status)
    exited()
