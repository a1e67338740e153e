"""What version managers have installed on this machine, such as nvm and pyenv."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

# Variable of a version manager's folder, where that is below the home directory or on all machines,
# and its programs, with `{version}` in their path.
VersionManager = tuple[str, str, str]

# Of macOS on Apple's processors, on Intel's, and of Linux.
HOMEBREW = ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew")


def list_homebrew(pattern: str) -> Iterator[VersionManager]:
    for folder in HOMEBREW:
        yield "HOMEBREW_PREFIX", folder, pattern


def list_managed(managers: Sequence[VersionManager], version: str) -> Iterator[Path]:
    """In the order of `managers`, the newest of each first. `version` may be "*"."""
    for variable, default, pattern in managers:
        if folder := os.environ.get(variable) or default:
            found = (Path.home() / folder).glob(pattern.format(version=version))
            yield from sorted(found, key=_read_numbers, reverse=True)


def _read_numbers(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(path))]
