"""Runs inside provided.al2023, on the Python that dnf has just installed: a tar goes to stdout.

The image has no tar, and this program comes on stdin: it has the standard library and no more.
Paths in the archive are the image's. Its last entry says which package each file is from; an
archive without that entry is incomplete.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

OWNERS = "owners.tsv"

# A line for each file of each package: [] repeats; = marks fields that a package has only once.
_QUERY = "[%{=NAME}\t%{=VERSION}-%{=RELEASE}\t%{=ARCH}\t%{=LICENSE}\t%{FILENAMES}\n]"


def main(python: str, root: Path) -> None:
    interpreter = root / f"usr/bin/python{python}"
    paths = [root / f"usr/lib64/python{python}", *_find_libraries(root)]
    licences = root / "usr/share/licenses"
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar,
    ):
        tar.add(_copy_with_rpath(interpreter, Path(folder)), interpreter.relative_to(root))
        for path in [*paths, licences]:
            tar.add(path, path.relative_to(root))
        _add_owners(tar, {f"/{path.relative_to(root)}" for path in [interpreter, *paths]})


def _copy_with_rpath(interpreter: Path, folder: Path) -> Path:
    """Copies the interpreter, on which this program runs, and makes it find the layer's libraries.

    By RPATH, because LD_LIBRARY_PATH, which Lambda starts with /lib64, wins over RUNPATH.
    """
    copy = folder / interpreter.name
    shutil.copyfile(interpreter, copy)
    rpath = ["--force-rpath", "--set-rpath", "$ORIGIN/../lib"]
    subprocess.run(["patchelf", *rpath, str(copy)], check=True)
    return copy


def _find_libraries(root: Path) -> Iterator[Path]:
    """All: which of them are needed is known only when the standard library has been pruned."""
    return (path for path in sorted((root / "usr/lib64").glob("*.so*")) if not path.is_dir())


def _add_owners(tar: tarfile.TarFile, packed: set[str]) -> None:
    command = ["rpm", "--query", "--all", "--queryformat", _QUERY]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    lines = sorted(done.stdout.splitlines(keepends=True))
    content = "".join(line for line in lines if line.split("\t")[-1].strip() in packed).encode()
    entry = tarfile.TarInfo(OWNERS)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
