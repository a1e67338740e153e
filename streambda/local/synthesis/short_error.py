"""What a CDK app has printed in its end, as one line: the error, and where in the app. No I/O."""

import re
from collections.abc import Sequence
from pathlib import Path

# Of a traceback: the frames, and the line behind them.
FRAME = re.compile(r'^\s+File "(?P<path>[^"]+)", line (?P<line>\d+)')
ERROR = re.compile(r"^(?P<name>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Group))\b")

LONGEST = 400


def short_error(command: str, status: int, output: str, folder: Path) -> str:
    """`output` is stdout and stderr together."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    said = _error(lines) or (lines[-1].strip() if lines else "it has said nothing")
    where = _place(lines, folder)
    told = f"{said[:LONGEST]} ({where})" if where else said[:LONGEST]
    return f"{command!r} ended with exit status {status}: {told}"


def _error(lines: Sequence[str]) -> str | None:
    """The last one: an error in an except clause is what ended the app."""
    found = [index for index, line in enumerate(lines) if ERROR.match(line)]
    if not found:
        return None
    # A message of several lines is told by its first; the name alone says nothing.
    first = lines[found[-1]]
    following = lines[found[-1] + 1 : found[-1] + 2] if first.endswith(":") else []
    return " ".join([first, *(line.strip() for line in following)])


def _place(lines: Sequence[str], folder: Path) -> str | None:
    """The innermost frame in the app's own files."""
    frames = [match for line in lines if (match := FRAME.match(line))]
    for frame in reversed(frames):
        path = folder / frame["path"]
        if path.is_relative_to(folder) and not _foreign(path.relative_to(folder)):
            return f"{path.relative_to(folder)}, line {frame['line']}"
    return None


def _foreign(path: Path) -> bool:
    return "site-packages" in path.parts or any(part.startswith(".") for part in path.parts)
