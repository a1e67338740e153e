"""A tar archive on disk, unpacked as a whole."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

from streambda.layer.errors import LayerError
from streambda.layer.unpack import unpack_tar


def unpack_file(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path) as tar:
            unpack_tar(tar, folder)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise LayerError(f"{path.name}: cannot be unpacked: {error}") from error
