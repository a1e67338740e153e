"""The last 4 KB of an invocation's log, as LogType Tail gives it back. No I/O."""

from base64 import b64encode

# LogResult: "the last 4 KB of the execution log", Invoke in the Lambda API reference.
LIMIT_BYTES = 4096


class LogTail:
    def __init__(self) -> None:
        self._kept = bytearray()

    def add(self, line: str) -> None:
        self._kept += line.encode("utf-8", "replace") + b"\n"
        del self._kept[:-LIMIT_BYTES]

    def base64(self) -> str:
        return b64encode(self._kept).decode("ascii")
