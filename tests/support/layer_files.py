"""Writes the smallest ELF files, zips and packages that the layer's readers should understand."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

X86_64, ARM64 = 62, 183
LOADERS = {X86_64: "/lib64/ld-linux-x86-64.so.2", ARM64: "/lib/ld-linux-aarch64.so.1"}


def make_elf(
    *,
    machine: int = X86_64,
    needed: Sequence[str] = (),
    versions: Sequence[str] = (),
    soname: str | None = None,
    rpath: str | None = None,
    runpath: str | None = None,
    loader: str | None = None,
) -> bytes:
    """A dynamic file: one segment holds it all, at address 0x1000."""
    names = _Names()
    dynamic = [(1, names.add(name)) for name in needed]
    dynamic += [
        (tag, names.add(text))
        for tag, text in ((14, soname), (15, rpath), (29, runpath))
        if text is not None
    ]
    version_names = [names.add(version) for version in versions]
    address = 0x1000
    strings = 64 + 3 * 56
    interpreter = strings + len(names.data)
    need = interpreter + len(loader or "") + 1
    verneed = struct.pack("<HHIII", 1, len(versions), 0, 16, 0) if versions else b""
    for name in version_names:
        verneed += struct.pack("<IHHII", 0, 0, 2, name, 16)
    start = need + len(verneed)
    dynamic.append((5, strings + address))
    if versions:
        dynamic += [(0x6FFFFFFE, need + address), (0x6FFFFFFF, 1)]
    table = b"".join(struct.pack("<qQ", *entry) for entry in [*dynamic, (0, 0)])
    size = start + len(table)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 3, 64, 0, 0)
    header += _segment(1, 0, address, size)
    header += _segment(3 if loader else 0, interpreter, 0, len(loader or ""))
    header += _segment(2, start, start + address, len(table))
    return header + bytes(names.data) + (loader or "").encode() + b"\0" + verneed + table


def make_interpreter(machine: int = X86_64, **fields: Sequence[str] | str) -> bytes:
    known: dict[str, object] = {"needed": ["libc.so.6"], "versions": ["GLIBC_2.34"], **fields}
    return make_elf(machine=machine, loader=LOADERS[machine], **known)  # type: ignore[arg-type]


def _segment(kind: int, offset: int, address: int, size: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, 4, offset, address, address, size, size, 8)


class _Names:
    def __init__(self) -> None:
        self.data = bytearray(b"\0")

    def add(self, text: str) -> int:
        offset = len(self.data)
        self.data += text.encode() + b"\0"
        return offset


def make_object_file(symbols: Sequence[tuple[int, int]]) -> bytes:
    """An object file whose symbol table holds (binding, section) pairs."""
    table = b"".join(
        struct.pack("<IBBHQQ", 0, bind << 4, 0, section, 0, 0) for bind, section in symbols
    )
    sections = 64 + len(table)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 1, X86_64, 1, 0, 0, sections, 0, 64, 0, 0, 64, 2, 0)
    empty = bytes(64)
    symtab = struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, 64, len(table), 0, 0, 8, 24)
    return header + table + empty + symtab


def make_ar(members: Mapping[str, bytes]) -> bytes:
    archive = b"!<arch>\n"
    for name, content in members.items():
        archive += f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        archive += content + b"\n" * (len(content) % 2)
    return archive


def make_tar(
    files: Mapping[str, bytes], links: Mapping[str, str] | None = None, mode: str = "xz"
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{mode}") as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o755 if "/bin/" in name else 0o644
            archive.addfile(entry, io.BytesIO(content))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.SYMTYPE
            entry.linkname = target
            archive.addfile(entry)
    return buffer.getvalue()


def make_deb(
    name: str, version: str, files: Mapping[str, bytes], links: Mapping[str, str] | None = None
) -> bytes:
    control = f"Package: {name}\nVersion: {version}\nDescription: a thing\n more of it\n"
    return make_ar(
        {
            "debian-binary": b"2.0\n",
            "control.tar.xz": make_tar({"./control": control.encode()}),
            "data.tar.xz": make_tar(files, links),
        }
    )


def make_layer_files(machine: int = X86_64, python: str = "3.11") -> dict[str, bytes]:
    """The least that `check` takes for a layer: of CPython 3.11.2, say."""
    return {
        "python-rt/bin/python3": make_interpreter(machine),
        f"python-rt/lib/python{python}/os.py": b"",
        "python-rt/LICENSE.txt": b"PSF",
        "python-rt/sbom.cdx.json": make_sbom("LICENSE.txt", f"{python}.2"),
    }


def make_sbom(licence: str, version: str = "3.11.2") -> bytes:
    component = {
        "name": "CPython",
        "version": version,
        "externalReferences": [{"type": "license", "url": licence}],
    }
    properties = [{"name": "streambda:source", "value": "debian"}]
    document = {"metadata": {"properties": properties}, "components": [component]}
    return json.dumps({"bomFormat": "CycloneDX", **document}).encode()


def write_layer_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100755 if "/bin/" in name else 0o100644) << 16
            archive.writestr(entry, content)
    return path
