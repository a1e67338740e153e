"""Zips that no function can be unpacked from, by what is odd about them, and what is said of each.

Each is made by changing bytes of an ordinary zip, since zipfile does not write them.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
FLAGS, METHOD = (6, 8), (8, 10)  # where they are: in a local header, in the directory

# A file becomes a path, by way of this.
Make = Callable[[Path], Path]


def with_entry(name: str, mode: int = 0o100644, data: bytes = b"x") -> Make:
    def make(path: Path) -> Path:
        with ZipFile(path, "w") as archive:
            entry = ZipInfo("placeholder")
            entry.filename = name  # as it is: the constructor would change some
            entry.external_attr = mode << 16
            archive.writestr(entry, data)
        return path

    return make


def patched(places: tuple[int, int], value: int) -> Make:
    def make(path: Path) -> Path:
        with_entry("bootstrap")(path)
        data = bytearray(path.read_bytes())
        for signature, place in zip((LOCAL, CENTRAL), places, strict=True):
            struct.pack_into("<H", data, data.index(signature) + place, value)
        path.write_bytes(data)
        return path

    return make


def damaged(path: Path) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("bootstrap", b"abc" * 1000)
    data = bytearray(path.read_bytes())
    begin = 30 + len("bootstrap")
    data[begin : begin + 8] = b"\xff" * 8
    path.write_bytes(data)
    return path


def cut(path: Path) -> Path:
    with_entry("bootstrap")(path)
    path.write_bytes(path.read_bytes()[:-30])
    return path


def wrong_sum(path: Path) -> Path:
    with_entry("bootstrap", data=b"data")(path)
    path.write_bytes(path.read_bytes().replace(b"data", b"Data", 1))
    return path


def two_entries(first: tuple[str, int, bytes], second: tuple[str, int, bytes]) -> Make:
    def make(path: Path) -> Path:
        with ZipFile(path, "w") as archive:
            for name, mode, data in (first, second):
                entry = ZipInfo(name)
                entry.external_attr = mode << 16
                archive.writestr(entry, data)
        return path

    return make


def missing(path: Path) -> Path:
    return path


ODD_ARCHIVES: dict[str, tuple[Make, str]] = {
    "encrypted": (patched(FLAGS, 1), "encrypted"),
    "an unknown compression": (patched(METHOD, 97), "compression"),
    "damaged data": (damaged, "cannot unpack the asset"),
    "a wrong checksum": (wrong_sum, "CRC"),
    "cut": (cut, "not a zip"),
    "missing": (missing, "No such file"),
    "an absolute name": (with_entry("/evil"), "outside of its folder"),
    "a name above": (with_entry("../evil"), "outside of its folder"),
    "a name above, in the middle": (with_entry("a/../../evil"), "outside of its folder"),
    "only dots": (with_entry(".."), "outside of its folder"),
    "a long name": (with_entry("n" * 300), "name too long"),
    "a link with a long text": (with_entry("link", 0o120777, b"x" * 5000), "too long"),
    "a link with a NUL": (with_entry("link", 0o120777, b"a\0b"), "null byte"),
    "a link in a circle": (
        two_entries(("loop", 0o120777, b"loop"), ("loop/evil", 0o100644, b"")),
        "cannot unpack the asset|outside",
    ),
    "a file below a file": (
        two_entries(("a", 0o100644, b""), ("a/evil", 0o100644, b"")),
        "cannot unpack the asset",
    ),
}
