"""A file of records: one line of JSON for each invocation."""

import codecs
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from streambda.local.model.errors import LocalCloudError
from streambda.local.model.one_line import describe_error
from streambda.local.records.record import (
    BadRecord,
    CutRecord,
    InvocationRecord,
    decode_record,
)

# How many buffers one call of the system takes, on Linux and macOS.
MAX_BUFFERS = 1024


class RecordFile:
    """Appends records.

    Args:
        path: Made if it is not there. Only its owner may read it: an event may hold what a mask
            does not find.
        tell: Takes a line about a record that cannot be written; functions run on.
    """

    def __init__(self, path: Path, tell: Callable[[str], None] = lambda line: None) -> None:
        self._path = path
        self._tell = tell
        self._file = -1
        self._failed = False
        self._line_is_cut = False

    def __enter__(self) -> Self:
        """Raises `LocalCloudError` when the file cannot be written, or holds something else."""
        try:
            self._line_is_cut = _check_content(self._path)
            self._file = self._open()
        except BadRecord as error:
            raise LocalCloudError(f"cannot record to {self._path}: {error}") from None
        except (OSError, ValueError) as error:
            raise LocalCloudError(f"cannot record to {self._path}: {_explain(error)}") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)
        self._file = -1

    def append(self, line: Sequence[bytes | bytearray]) -> None:
        """Writes the pieces of a line by one call of the system, or all but the longest.

        So the lines of two clouds that share a file do not mix.
        """
        if self._file < 0:
            return  # the cloud has ended
        try:
            if os.fstat(self._file).st_nlink == 0:  # who removes the file wants to begin anew
                new = self._open()
                os.close(self._file)
                self._file, self._line_is_cut = new, False
            left = deque(memoryview(piece) for piece in line)
            if self._line_is_cut:
                left.appendleft(memoryview(b"\n"))
            while left:
                _drop(left, os.writev(self._file, list(islice(left, MAX_BUFFERS))))
                self._line_is_cut = bool(left)
            self._failed = False
        except (OSError, ValueError) as error:
            if not self._failed:
                self._failed = True
                self._tell(f"cannot record to {self._path}, records are lost: {_explain(error)}")

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.open(self._path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)


def _drop(buffers: deque[memoryview], size: int) -> None:
    """Takes so many bytes away from the beginning."""
    while buffers and size >= len(buffers[0]):
        size -= len(buffers.popleft())
    if size:
        buffers[0] = buffers[0][size:]


def _check_content(path: Path) -> bool:
    """Whether its last line is cut, as a cloud that is killed leaves it.

    Raises `BadRecord` for a file that is none of records: nothing is appended to that.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        raise BadRecord("it is a pipe or a socket, expected a file")
    if not stat.S_ISREG(mode) or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        try:
            decode_record(file.readline())
        except BadRecord as error:
            if not isinstance(error, CutRecord):
                raise BadRecord(
                    "the file exists and has no records in it, expected another file"
                ) from None
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def read_records(
    path: Path, tell: Callable[[str], None] = lambda line: None
) -> Iterator[InvocationRecord]:
    """Raises `LocalCloudError` that names the file, and the line that is not a record.

    Args: `tell` takes a line about a record that is cut off; it is left out.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1:  # some editors on Windows put it there
                    line = line.removeprefix(codecs.BOM_UTF8)
                if line.strip():
                    try:
                        yield decode_record(line)
                    except CutRecord:
                        tell(f"{path} line {number} is cut off: this invocation is left out")
                    except BadRecord as error:
                        message = f"{path} line {number} is not a record of an invocation: {error}"
                        raise LocalCloudError(message) from None
    except (OSError, ValueError) as error:
        raise LocalCloudError(f"cannot read {path}: {_explain(error)}") from None


def _explain(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or describe_error(error)
