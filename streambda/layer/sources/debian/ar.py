"""Unix ar archives: the container of .deb packages and of static libraries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from streambda.layer.errors import LayerError

_MAGIC = b"!<arch>\n"
_HEADER_SIZE = 60
_HEADER_END = b"`\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    name: str
    start: int
    size: int


def read_members(data: bytes) -> Iterator[Member]:
    if not data.startswith(_MAGIC):
        raise LayerError("not an ar archive")
    position = len(_MAGIC)
    while position < len(data):
        member = _read_member(data, position)
        yield member
        position = member.start + member.size + member.size % 2  # padded to even


def _read_member(data: bytes, position: int) -> Member:
    header = data[position : position + _HEADER_SIZE]
    start = position + _HEADER_SIZE
    if len(header) < _HEADER_SIZE or not header.endswith(_HEADER_END):
        raise LayerError("the ar archive is cut short or damaged")
    size = int(header[48:58])
    if start + size > len(data):
        raise LayerError("the ar archive is cut short or damaged")
    return Member(name=header[:16].decode().rstrip(" /"), start=start, size=size)
