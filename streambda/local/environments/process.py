"""A function as a process of its own: started, listened to, killed, never leaked."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

READ_SIZE = 64 * 1024

# CloudWatch takes events up to 256 KB; a longer "line" is given on in pieces.
LONGEST_LINE = 256 * 1024


class LineReader:
    """Gives every line of a pipe to `log` as soon as it is there.

    asyncio's own pipe readers hand data over a turn of the loop later. Here `drain` takes what has
    been written by now, so that a log line printed before the answer is there with the answer.
    """

    def __init__(self, descriptor: int, log: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._log = log
        self._begun = bytearray()
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
        *lines, rest = (bytes(self._begun) + data).split(b"\n")
        for line in lines:
            self._log(line.decode("utf-8", "replace").rstrip("\r"))
        self._begun = bytearray(rest)
        if len(self._begun) > LONGEST_LINE:
            self._flush()

    def _flush(self) -> None:
        if self._begun:
            self._log(self._begun.decode("utf-8", "replace"))
            self._begun.clear()

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
        """Raises `OSError` when there is no such program, or none that the system can run."""
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=task_root,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                # A group of its own: Ctrl-C in the terminal is for us, and a kill reaches what
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
        """Ends the process and its group. Also after it has ended: its children may live on."""
        self.send_kill()
        try:
            await self._process.wait()
        except asyncio.CancelledError:
            # By the end of the cloud, say: what has been killed is taken away all the same.
            await self._process.wait()
            raise
        finally:
            self._lines.close()
