"""Two small edits of ELF files that zig's linker has no option for. Bytes in, bytes out."""

from __future__ import annotations

import struct

from streambda.layer.elf import DT_RPATH, DT_RUNPATH, MAGIC, dynamic_entries
from streambda.layer.sources.debian.ar import read_members

_SHT_SYMTAB = 2
_SHN_UNDEF = 0
_STB_LOCAL = 0
_STV_HIDDEN = 2
_SYMBOL_SIZE = 24


def change_runpath_to_rpath(data: bytes) -> bytes:
    """Turns DT_RUNPATH into DT_RPATH, in place.

    RPATH is searched before LD_LIBRARY_PATH, which Lambda starts with /lib64, and the
    executable's is searched for the libraries of its extension modules too (man 8 ld.so).
    """
    edited = bytearray(data)
    for position, tag, _ in dynamic_entries(data):
        if tag == DT_RUNPATH:
            struct.pack_into("<q", edited, position, DT_RPATH)
    return bytes(edited)


def hide_symbols(archive: bytes) -> bytes:
    """Gives every symbol that the archive's objects define hidden visibility.

    They still link, but the interpreter does not export them: a wheel with a zlib of its own would
    otherwise call the interpreter's `inflate`.
    """
    edited = bytearray(archive)
    for member in read_members(archive):
        if archive.startswith(MAGIC, member.start):
            _hide_in_object(edited, member.start)
    return bytes(edited)


def _hide_in_object(data: bytearray, start: int) -> None:
    (sections,) = struct.unpack_from("<Q", data, start + 40)
    size, count = struct.unpack_from("<HH", data, start + 58)
    for index in range(count):
        header = start + sections + index * size
        kind, _, _, offset, length = struct.unpack_from("<IQQQQ", data, header + 4)
        if kind == _SHT_SYMTAB:
            _hide_in_table(data, start + offset, length)


def _hide_in_table(data: bytearray, table: int, length: int) -> None:
    for symbol in range(table, table + length, _SYMBOL_SIZE):
        info, other, section = struct.unpack_from("<BBH", data, symbol + 4)
        if section != _SHN_UNDEF and info >> 4 != _STB_LOCAL:
            data[symbol + 5] = other & ~3 | _STV_HIDDEN
