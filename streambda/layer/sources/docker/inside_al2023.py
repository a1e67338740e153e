"""Runs inside provided.al2023, on the Python that dnf has just installed: a tar goes to stdout.

The image has no tar, and this program comes on stdin: it has the standard library and no more.
Paths in the archive are the image's. Its last entry says which package each file is from; an
archive without that was cut.
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

# A line for each file of each package: [] repeats, = is for the fields that a package has once.
_QUERY = "[%{=NAME}\t%{=VERSION}-%{=RELEASE}\t%{=ARCH}\t%{=LICENSE}\t%{FILENAMES}\n]"


def main(python: str, root: Path) -> None:
    interpreter = root / f"usr/bin/python{python}"
    paths = [root / f"usr/lib64/python{python}", *_libraries(root)]
    licences = root / "usr/share/licenses"
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar,
    ):
        tar.add(_reaching(interpreter, Path(folder)), interpreter.relative_to(root))
        for path in [*paths, licences]:
            tar.add(path, path.relative_to(root))
        _add_owners(tar, {f"/{path.relative_to(root)}" for path in [interpreter, *paths]})


def _reaching(interpreter: Path, folder: Path) -> Path:
    """A copy, because this runs on it, that finds the layer's libraries.

    By RPATH, because RUNPATH would lose to Lambda's LD_LIBRARY_PATH, which starts with /lib64.
    """
    copy = folder / interpreter.name
    shutil.copyfile(interpreter, copy)
    rpath = ["--force-rpath", "--set-rpath", "$ORIGIN/../lib"]
    subprocess.run(["patchelf", *rpath, str(copy)], check=True)
    return copy


def _libraries(root: Path) -> Iterator[Path]:
    """All of them: which are needed shows when the standard library has been pruned."""
    return (path for path in sorted((root / "usr/lib64").glob("*.so*")) if not path.is_dir())


def _add_owners(tar: tarfile.TarFile, shipped: set[str]) -> None:
    command = ["rpm", "--query", "--all", "--queryformat", _QUERY]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    lines = sorted(done.stdout.splitlines(keepends=True))
    content = "".join(line for line in lines if line.split("\t")[-1].strip() in shipped).encode()
    entry = tarfile.TarInfo(OWNERS)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
