"""A function's process: started, its output read line by line, killed, never left behind."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from streambda.local.environments.line_reader import LineReader


class FunctionProcess:
    def __init__(
        self, process: asyncio.subprocess.Process, lines: LineReader, folder: Path, started_ns: int
    ) -> None:
        """Args: `folder` is where it runs, `started_ns` since when, counted from 1970."""
        self.folder = folder
        self.started_ns = started_ns
        self._process = process
        self._lines = lines

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        task_root: Path,
        environment: Mapping[str, str],
        log: Callable[[str], None],
    ) -> Self:
        """Raises `OSError` if there is no such program, or the system cannot run it."""
        started_ns = time.time_ns()
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=task_root,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                # A group of its own: Ctrl-C in the terminal is for us, and a kill ends also what
                # the function itself has started.
                start_new_session=True,
            )
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        return cls(process, LineReader(read_end, log), task_root, started_ns)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """The exit status; negative for a signal."""
        return await self._process.wait()

    async def settle_log(self) -> None:
        """Logs all that it has printed by now, also what is begun of a line."""
        await self._lines.settle()

    def send_kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def send_terminate(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGTERM)

    async def kill(self) -> None:
        """Ends the process and its group. Also after the process: its children may live on."""
        self.send_kill()
        try:
            await self._process.wait()
        except asyncio.CancelledError:
            # For example when the cloud ends: a killed process is waited for all the same.
            await self._process.wait()
            raise
        finally:
            self._lines.close()
