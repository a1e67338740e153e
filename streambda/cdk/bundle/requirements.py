"""Which packages a folder of handlers asks for: its requirements.txt, else its pyproject.toml."""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMMENT = re.compile(r"(^|\s)#.*")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)[\s=]*(\S+)")
_WHEEL = re.compile(r"(?:file://)?([^\s=@;#]+\.whl)")


@dataclass(frozen=True, slots=True)
class Requirements:
    """What `file` asks for, with the lines of the files that it includes, without comments."""

    file: Path
    lines: tuple[str, ...]

    @property
    def count(self) -> int:
        return sum(not line.startswith("-") for line in self.lines)

    @property
    def digest(self) -> str:
        """Depends on the lines, and on the content of wheels that they name by path."""
        content = hashlib.sha256("\n".join(self.lines).encode())
        for line in self.lines:
            for name in _WHEEL.findall(line):
                wheel = self.file.parent / name
                if wheel.is_file():
                    content.update(hashlib.sha256(wheel.read_bytes()).digest())
        return content.hexdigest()[:32]


def read_requirements(entry: Path) -> Requirements | None:
    """None where the folder asks for nothing.

    Raises:
        ValueError: pyproject.toml cannot be read, or requirements.txt has an editable requirement.
    """
    file = entry / "requirements.txt"
    if file.is_file():
        lines = tuple(_read_lines(file, frozenset()))
    else:
        file = entry / "pyproject.toml"
        lines = tuple(_read_project(file)) if file.is_file() else ()
    found = Requirements(file, lines)
    return found if found.count else None


def _read_lines(file: Path, above: frozenset[Path]) -> Iterator[str]:
    joined = file.read_text("utf-8").replace("\\\n", " ")
    for line in (" ".join(_COMMENT.sub("", raw).split()) for raw in joined.splitlines()):
        if line.startswith(("-e", "--editable")):
            # uv would install it in spite of "wheels only", as a path of this machine.
            raise ValueError(
                f"{file} has {line!r}, expected a package: an editable one is only a link to a "
                "folder of this machine"
            )
        if line:
            yield line
            yield from _read_included(line, file, above | {file.resolve()})


def _read_included(line: str, file: Path, above: frozenset[Path]) -> Iterator[str]:
    match = _INCLUDE.fullmatch(line)
    if match is None:
        return
    other = file.parent / match[2]
    # uv reports what is missing, and fetches what is an address.
    if other.is_file() and other.resolve() not in above:
        constraint = match[1] in {"-c", "--constraint"}
        for included in _read_lines(other, above):
            yield f"-c {included}" if constraint else included


def _read_project(file: Path) -> list[str]:
    try:
        project = tomllib.loads(file.read_text("utf-8")).get("project", {})
    except ValueError as error:
        raise ValueError(f"cannot read {file}: {error}") from None
    found = project.get("dependencies", [])
    if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
        raise ValueError(f"{file}: project.dependencies is {found!r}, expected a list of strings")
    return found
