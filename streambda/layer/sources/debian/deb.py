"""A Debian package: an ar archive of two tar archives, control and data (man 5 deb)."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path

from streambda.layer.errors import LayerError
from streambda.layer.sources.debian.ar import read_members
from streambda.layer.unpack import unpack_tar


@dataclass(frozen=True, slots=True, kw_only=True)
class Deb:
    path: Path
    name: str
    version: str
    sha256: str


def read_deb(path: Path) -> Deb:
    data = path.read_bytes()
    try:
        with _open_tar(data, "control") as tar:
            control = tar.extractfile("./control")
            text = control.read().decode() if control else ""
    except (LayerError, KeyError, tarfile.TarError, EOFError, LZMAError) as error:
        raise LayerError(f"{path.name}: not a Debian package: {error}") from error
    fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    return Deb(
        path=path,
        name=fields["Package"],
        version=fields["Version"],
        sha256=hashlib.sha256(data).hexdigest(),
    )


def unpack_deb(path: Path, folder: Path) -> None:
    with _open_tar(path.read_bytes(), "data") as tar:
        unpack_tar(tar, folder)


def _open_tar(data: bytes, kind: str) -> tarfile.TarFile:
    for member in read_members(data):
        if member.name.startswith(f"{kind}.tar"):
            content = data[member.start : member.start + member.size]
            return tarfile.open(fileobj=io.BytesIO(content))
    raise LayerError(f"it has no {kind}.tar")
