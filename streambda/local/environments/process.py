"""A function's process: started, its output read line by line, killed, never left behind."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

READ_SIZE = 64 * 1024

# CloudWatch takes events up to 256 KB; a longer line is logged in pieces.
LONGEST_LINE = 256 * 1024


class LineReader:
    """Gives every line of a pipe to `log` as soon as it is written.

    asyncio's own pipe readers hand data over one turn of the loop later. Here `drain` reads what
    was written by now, so that a line printed before the response is logged before it too.
    """

    def __init__(self, descriptor: int, log: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._log = log
        self._partial_line = bytearray()
        self._open = True
        os.set_blocking(descriptor, False)
        asyncio.get_running_loop().add_reader(descriptor, self.drain)

    def drain(self) -> None:
        while self._open:
            try:
                data = os.read(self._descriptor, READ_SIZE)
            except BlockingIOError:
                return
            if not data:
                self._stop()
                return
            self._take(data)

    def close(self) -> None:
        self.drain()
        self._stop()

    def _take(self, data: bytes) -> None:
        *lines, rest = (bytes(self._partial_line) + data).split(b"\n")
        for line in lines:
            self._log(line.decode("utf-8", "replace").rstrip("\r"))
        self._partial_line = bytearray(rest)
        if len(self._partial_line) > LONGEST_LINE:
            self._flush()

    def _flush(self) -> None:
        if self._partial_line:
            self._log(self._partial_line.decode("utf-8", "replace"))
            self._partial_line.clear()

    def _stop(self) -> None:
        if not self._open:
            return
        self._open = False
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._flush()


class FunctionProcess:
    def __init__(self, process: asyncio.subprocess.Process, lines: LineReader) -> None:
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
        return cls(process, LineReader(read_end, log))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """The exit status; negative for a signal."""
        return await self._process.wait()

    def drain_log(self) -> None:
        self._lines.drain()

    def send_kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

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
