"""Reads a requirements.txt with the files that it includes, and what its lines name by path."""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from streambda.bundle.local_projects import expand_variables

_COMMENT = re.compile(r"(^|\s)#.*")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)[\s=]*(\S+)")
_WHEEL = re.compile(r"(?:file://)?([^\s=@;#]+\.whl)")
_FIND_LINKS = re.compile(r"(?:-f|--find-links)[\s=]*(?:file://)?(\S+)")
_DISTRIBUTIONS = ("*.whl", "*.tar.gz", "*.zip")
_CREDENTIALS = re.compile(r"(://)[^/@\s]*@")


def read_lines(file: Path, above: frozenset[Path] = frozenset()) -> Iterator[str]:
    """The lines of `file` and of what it includes, without comments; variables have their values.

    Names and passwords in addresses are left out: they say who asks, not what is asked for.

    Raises:
        ValueError: a file that is to be included is not there.
    """
    joined = file.read_text("utf-8-sig").replace("\\\n", " ")
    for line in (" ".join(_COMMENT.sub("", raw).split()) for raw in joined.splitlines()):
        if line:
            expanded = expand_variables(line, Path()) if "PROJECT_ROOT" not in line else line
            yield strip_credentials(expanded)
            yield from _read_included(line, file, above | {file.resolve()})


def is_address(text: str) -> bool:
    """Whether `text`, a path or a URL, is one of another machine, or a line has one."""
    return "://" in text and "file://" not in text


def strip_credentials(text: str) -> str:
    """`text` with addresses as https://host/ in place of https://user:password@host/."""
    return _CREDENTIALS.sub(r"\1", text)


def digest_files(lines: Iterable[str], folder: Path) -> bytes:
    """Depends on the wheels that `lines` name by path, and on the folders that they search."""
    found = b""
    for line in lines:
        for name in _WHEEL.findall(line):
            if (folder / name).is_file():
                found += sha256((folder / name).read_bytes()).digest()
        if match := _FIND_LINKS.match(line):
            found += digest_folder(folder / match[1])
    return found


def digest_folder(folder: Path) -> bytes:
    """Depends on the packages that lie in `folder`; empty if it is none of this machine."""
    if not folder.is_dir():
        return b""
    content = sha256()
    for path in sorted(path for pattern in _DISTRIBUTIONS for path in folder.glob(pattern)):
        content.update(f"{path.name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return content.digest()


def _read_included(line: str, file: Path, above: frozenset[Path]) -> Iterator[str]:
    match = _INCLUDE.fullmatch(line)
    if match is None:
        return
    other = file.parent / match[2]
    if not other.is_file() and not is_address(match[2]):
        raise ValueError(f"{file} has {line!r}, expected a file at {other}: there is none")
    # uv fetches what is an address.
    if other.is_file() and other.resolve() not in above:
        constraint = match[1] in {"-c", "--constraint"}
        for included in read_lines(other, above):
            yield f"-c {included}" if constraint else included
