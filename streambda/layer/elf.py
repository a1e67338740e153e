"""Reads what the loader reads of an ELF file: machine, libraries, search path, symbol versions.

Bytes in, a value out. Only 64-bit little-endian files, as both of Lambda's architectures are.
Layouts: the System V ABI (gABI) and, for VERNEED, the LSB core specification, "Symbol Versioning".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from streambda.layer.errors import LayerError

MAGIC = b"\x7fELF"
_ELF64_LITTLE = b"\x02\x01"
MOST_VERSIONS = 10_000  # libraries need a few dozen of them
MACHINE_BYTES = 20  # how much of a file tells its machine

_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
DT_NULL, DT_NEEDED, DT_STRTAB, DT_SONAME, DT_RPATH, DT_RUNPATH = 0, 1, 5, 14, 15, 29
DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF


class ElfError(LayerError):
    """Not an ELF file that Lambda's loader could take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    machine: int
    loader: str | None
    soname: str | None
    needed: tuple[str, ...]
    rpath: tuple[str, ...]
    runpath: tuple[str, ...]
    versions: tuple[str, ...]  # "GLIBC_2.34", "OPENSSL_3.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    type: int
    offset: int
    address: int
    size: int


def read_machine(head: bytes) -> int | None:
    """`e_machine`, from the first 20 bytes of a file; None for what Lambda could not run."""
    if len(head) < MACHINE_BYTES or head[:6] != MAGIC + _ELF64_LITTLE:
        return None
    (machine,) = struct.unpack_from("<H", head, 18)
    return int(machine)


def read_elf(data: bytes) -> Elf:
    if data[:6] != MAGIC + _ELF64_LITTLE:
        raise ElfError("not a 64-bit little-endian ELF file")
    try:
        return _Reader(data).read()
    except (struct.error, ValueError) as error:
        raise ElfError("the ELF file is cut short or damaged") from error


def dynamic_entries(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields (position in the file, tag, value) of the dynamic section."""
    for segment in _segments(data):
        if segment.type != _PT_DYNAMIC:
            continue
        for position in range(segment.offset, segment.offset + segment.size, 16):
            tag, value = struct.unpack_from("<qQ", data, position)
            if tag == DT_NULL:
                return
            yield position, tag, value


def _segments(data: bytes) -> Iterator[_Segment]:
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for index in range(count):
        kind, _, offset, address, _, length = struct.unpack_from(
            "<IIQQQQ", data, table + index * size
        )
        yield _Segment(type=kind, offset=offset, address=address, size=length)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._segments = list(_segments(data))
        self._dynamic = [(tag, value) for _, tag, value in dynamic_entries(data)]

    def read(self) -> Elf:
        (machine,) = struct.unpack_from("<H", self._data, 18)
        return Elf(
            machine=machine,
            loader=self._loader(),
            soname=next(self._strings(DT_SONAME), None),
            needed=tuple(self._strings(DT_NEEDED)),
            rpath=self._paths(DT_RPATH),
            runpath=self._paths(DT_RUNPATH),
            versions=tuple(self._list_versions()),
        )

    def _loader(self) -> str | None:
        for segment in self._segments:
            if segment.type == _PT_INTERP:
                return self._text(segment.offset)
        return None

    def _paths(self, tag: int) -> tuple[str, ...]:
        return tuple(path for text in self._strings(tag) for path in text.split(":"))

    def _strings(self, tag: int) -> Iterator[str]:
        return (self._name(value) for found, value in self._dynamic if found == tag)

    def _name(self, offset: int) -> str:
        return self._text(self._offset(self._value(DT_STRTAB)) + offset)

    def _text(self, start: int) -> str:
        return self._data[start : self._data.index(b"\0", start)].decode()

    def _value(self, tag: int) -> int:
        for found, value in self._dynamic:
            if found == tag:
                return value
        raise ValueError(f"no dynamic entry {tag}")

    def _offset(self, address: int) -> int:
        for segment in self._segments:
            if segment.type == _PT_LOAD and 0 <= address - segment.address < segment.size:
                return segment.offset + address - segment.address
        raise ValueError(f"address {address:#x} is not in the file")

    def _list_versions(self) -> list[str]:
        """Raises `ValueError` for more than any file has: counts in a file may be anything."""
        found = list(islice(self._versions(), MOST_VERSIONS + 1))
        if len(found) > MOST_VERSIONS:
            raise ValueError(f"it needs more than {MOST_VERSIONS} versions of symbols")
        return found

    def _versions(self) -> Iterator[str]:
        if DT_VERNEED not in dict(self._dynamic):
            return
        need = self._offset(self._value(DT_VERNEED))
        for _ in range(self._value(DT_VERNEEDNUM)):
            count, _, first, step = struct.unpack_from("<HIII", self._data, need + 2)
            yield from self._version_names(need + first, count)
            if not step:
                return
            need += step

    def _version_names(self, entry: int, count: int) -> Iterator[str]:
        for _ in range(count):
            name, step = struct.unpack_from("<II", self._data, entry + 8)
            yield self._name(name)
            if not step:
                return
            entry += step
