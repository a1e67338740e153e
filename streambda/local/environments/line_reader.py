"""Gives every line of a pipe to a log as soon as it is written, and no more than fits beside it.

A function may print without pause. What it has printed is then logged a slice of time at a time,
and the loop has as much time for everything else. Meanwhile nothing is read: the pipe fills, and
the function's `print` waits, as at any slow terminal.
"""

import asyncio
import os
import struct
import time
from collections.abc import Callable

READ_SIZE = 64 * 1024

# CloudWatch takes events up to 256 KB; a longer line is logged in pieces.
LONGEST_LINE = 256 * 1024

# How long lines are logged until others have their turn, and how long that is.
SLICE_S = 0.005

# What an ended function has printed last is logged in any case up to LAST_BYTES, enough for a
# traceback, and beyond that for CLOSING_S: Ctrl-C must not wait for a heap of lines.
LAST_BYTES = 8 * 1024
CLOSING_S = 0.25

# Of a UTF-8 sequence: the bytes after the first, and how many follow a first byte at most.
CONTINUATION = range(0x80, 0xC0)
MOST_CONTINUATIONS = 3


class LineReader:
    """Owns `descriptor`, the read end of a pipe. `log` must not raise.

    asyncio's own pipe readers hand data over one turn of the loop later. Here `drain` and `settle`
    read what was written by now, so that it is logged before what follows.
    """

    def __init__(self, descriptor: int, log: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._log = log
        self._data = b""  # the last that was read
        self._at = 0  # where in it the next line begins
        self._read_bytes = 0
        self._partial_line = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._open = True
        self._loop = asyncio.get_running_loop()
        os.set_blocking(descriptor, False)
        self._loop.add_reader(descriptor, self._work)

    def drain(self) -> None:
        """Logs all lines that are written by now."""
        target = self._count_written()
        while self._open and self._count_taken() < target and self._take_line():
            pass

    async def settle(self) -> None:
        """As `drain`, but with pauses for others; and what is begun of a line is logged too."""
        target = self._count_written()
        while self._open:
            if not self._take_slice(target):
                break
            await asyncio.sleep(SLICE_S)
        self._flush()

    def close(self) -> None:
        """Logs what is left, and says how much of it was left out, if it was too much."""
        written = self._count_written()
        certain, until = self._count_taken() + LAST_BYTES, time.monotonic() + CLOSING_S
        while self._open and self._count_taken() < written:
            late = self._count_taken() >= certain and time.monotonic() >= until
            if late or not self._take_line():
                break
        self._stop()
        if (left_out := written - self._count_taken()) > 0:
            self._log(f"({left_out} bytes that it printed last are left out)")

    def _work(self) -> None:
        """Called when there is something to read, and after a pause."""
        paused, self._timer = self._timer is not None, None
        if self._take_slice(None):
            self._loop.remove_reader(self._descriptor)
            self._timer = self._loop.call_later(SLICE_S, self._work)
        elif paused and self._open:
            self._loop.add_reader(self._descriptor, self._work)

    def _take_slice(self, target: int | None) -> bool:
        """Logs lines for a slice of time; whether that was too short.

        Args: `target` is how many bytes are wanted in all; None for all that come.
        """
        until = time.monotonic() + SLICE_S
        while target is None or self._count_taken() < target:
            if not self._take_line():
                return False
            if time.monotonic() >= until:
                return True
        return False

    def _count_written(self) -> int:
        """The bytes that were written by now, whether they are logged or not."""
        if not self._open:
            return self._count_taken()
        import fcntl  # not on Windows, where no function runs
        import termios

        waiting = fcntl.ioctl(self._descriptor, termios.FIONREAD, b"\0" * 4)
        return self._read_bytes + int(struct.unpack("i", waiting)[0])

    def _count_taken(self) -> int:
        return self._read_bytes - len(self._data) + self._at

    def _take_line(self) -> bool:
        """Logs one line, or keeps the begin of one; False if there is nothing to read."""
        if self._at == len(self._data) and not self._read():
            return False
        begin, end = self._at, self._data.find(b"\n", self._at)
        if end < 0:
            self._at = len(self._data)
            self._partial_line += self._data[begin:]
            if len(self._partial_line) > LONGEST_LINE:
                self._flush_whole_characters()
        else:
            self._at = end + 1
            line = bytes(self._partial_line) + self._data[begin:end]
            self._partial_line.clear()
            self._log(line.decode("utf-8", "replace").rstrip("\r"))
        return True

    def _read(self) -> bool:
        if not self._open:
            return False
        try:
            data = os.read(self._descriptor, READ_SIZE)
        except BlockingIOError:
            return False
        if not data:
            self._stop()
            return False
        self._data, self._at = data, 0
        self._read_bytes += len(data)
        return True

    def _flush_whole_characters(self) -> None:
        """A piece of a long line must not end within a character."""
        rest = bytearray()
        while len(rest) < MOST_CONTINUATIONS and self._partial_line[-1] in CONTINUATION:
            rest.insert(0, self._partial_line.pop())
        if rest or self._partial_line[-1] >= CONTINUATION.stop:
            rest.insert(0, self._partial_line.pop())
        self._flush()
        self._partial_line = rest

    def _flush(self) -> None:
        if self._partial_line:
            line = self._partial_line.decode("utf-8", "replace")
            self._partial_line.clear()
            self._log(line)

    def _stop(self) -> None:
        if not self._open:
            return
        self._open = False
        if self._timer:
            self._timer.cancel()
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._flush()
