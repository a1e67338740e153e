"""A function's process: started, its output read line by line, killed, never left behind."""

import asyncio
import errno
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from streambda.local.environments.lambda_folders import LambdaFolders
from streambda.local.environments.line_reader import LineReader
from streambda.local.environments.mount_folders import NOT_STARTED

# A program that was just written cannot be started while another process still has it open: one
# that was begun meanwhile in another thread, until it runs a program of its own. Seconds between
# tries.
BUSY_PAUSES_S = (0.01, 0.1, 0.5, 1.0)


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
        folders: LambdaFolders | None = None,
    ) -> Self:
        """Args: `folders` are what it alone sees in place of this machine's.

        Raises `OSError` if there is no such program, or the system cannot run it.
        """
        for pause_s in BUSY_PAUSES_S:
            try:
                return await cls._start_once(command, task_root, environment, log, folders)
            except OSError as error:
                if error.errno != errno.ETXTBSY:
                    raise
            await asyncio.sleep(pause_s)
        return await cls._start_once(command, task_root, environment, log, folders)

    @classmethod
    async def _start_once(
        cls,
        command: Sequence[str],
        task_root: Path,
        environment: Mapping[str, str],
        log: Callable[[str], None],
        folders: LambdaFolders | None,
    ) -> Self:
        if folders is None:
            return await cls._spawn(command, task_root, environment, log)
        report = asyncio.StreamReader()
        transport: asyncio.BaseTransport | None = None
        read_end, write_end = os.pipe()
        try:
            try:
                transport, _ = await asyncio.get_running_loop().connect_read_pipe(
                    lambda: asyncio.StreamReaderProtocol(report),
                    os.fdopen(read_end, "rb", buffering=0),
                )
                wrapped = folders.wrap(tuple(command), write_end)
                variables = folders.wrap_variables(environment)
                started = await cls._spawn(wrapped, task_root, variables, log, write_end)
            finally:
                os.close(write_end)
            try:
                # Its end comes when the program runs.
                cls._read_report((await report.read()).decode(), command[0], log)
            except BaseException:
                await started.kill()
                raise
        finally:
            if transport:
                transport.close()
        return started

    @staticmethod
    def _read_report(report: str, program: str, log: Callable[[str], None]) -> None:
        for line in report.splitlines():
            kind, _, what = line.partition(" ")
            if kind == NOT_STARTED:
                raise OSError(int(what), os.strerror(int(what)), program)
            log(f"warning: it does not see its files in /opt and /var/task: {what}")

    @classmethod
    async def _spawn(
        cls,
        command: Sequence[str],
        task_root: Path,
        environment: Mapping[str, str],
        log: Callable[[str], None],
        *descriptors: int,
    ) -> Self:
        started_ns = time.time_ns()
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=task_root,
                env=environment,
                pass_fds=descriptors,
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
