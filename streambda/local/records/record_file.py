"""A file of records: one line of JSON for each invocation."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from streambda.local.invocation.stream import InvocationRequest
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.one_line import describe_error
from streambda.local.records.record import BadRecord, InvocationRecord, decode_record, encode_record
from streambda.local.records.recording_observer import RecordingObserver


class RecordFile:
    """Appends the record of each invocation, once it has ended.

    Args:
        path: Made if it is not there. Only its owner may read it: an event may hold what a mask
            does not find.
        prelude_limit: How many bytes a prelude may have; None for any number.
        masked: Whether secrets are replaced.
        tell: Takes a line about a record that cannot be written; functions run on.
    """

    def __init__(
        self,
        path: Path,
        prelude_limit: int | None,
        *,
        masked: bool = True,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._path = path
        self._prelude_limit = prelude_limit
        self._masked = masked
        self._tell = tell
        self._file = -1
        self._failed = False

    def __enter__(self) -> Self:
        """Raises `LocalCloudError` when the file cannot be written."""
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._file = os.open(self._path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
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

    def start_recording(
        self, function: LocalFunction, endpoint: str, request: InvocationRequest
    ) -> RecordingObserver:
        """The observer for a new invocation. `endpoint` is the kind of endpoint."""
        return RecordingObserver(
            request,
            function.name,
            endpoint,
            self.write,
            prelude_limit=self._prelude_limit,
            masked=self._masked,
        )

    def write(self, record: InvocationRecord) -> None:
        """One call of the system: lines of two clouds that share a file do not mix."""
        if self._file < 0:
            return  # the cloud has ended
        try:
            line = memoryview(encode_record(record))
            while line:
                line = line[os.write(self._file, line) :]
            self._failed = False
        except (OSError, ValueError) as error:
            if not self._failed:
                self._failed = True
                self._tell(f"cannot record to {self._path}, records are lost: {_explain(error)}")


def read_records(path: Path) -> Iterator[InvocationRecord]:
    """Raises `LocalCloudError` that names the file, and the line that is no record."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    try:
                        yield decode_record(line)
                    except BadRecord as error:
                        message = f"{path} line {number} is no record of an invocation: {error}"
                        raise LocalCloudError(message) from None
    except (OSError, ValueError) as error:
        raise LocalCloudError(f"cannot read {path}: {_explain(error)}") from None


def _explain(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or describe_error(error)
