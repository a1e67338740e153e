"""Links Debian's libpython3.11.a again, against provided.al2023's glibc 2.34, with zig.

Debian's own interpreter needs hypot@GLIBC_2.35, its libexpat arc4random_buf@GLIBC_2.36.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from streambda.layer.errors import LayerError, SourceUnavailable
from streambda.layer.job import BuildJob
from streambda.layer.sources.debian.elf_edit import change_runpath_to_rpath, hide_symbols


def require_zig() -> None:
    if importlib.util.find_spec("ziglang") is None:
        raise SourceUnavailable("the Python package ziglang is not installed")


def relink(job: BuildJob, packages: Path) -> Path:
    """Returns the interpreter, linked from the unpacked packages."""
    python, multiarch = job.python, job.architecture.names.multiarch
    libraries = packages / "usr/lib" / multiarch
    config = packages / f"usr/lib/python{python}/config-{python}-{multiarch}"
    (compiler_library,) = packages.glob(f"usr/lib/gcc/{multiarch}/*/libgcc.a")
    linked = job.work / "interpreter"
    _zig_cc(
        job,
        "-O2",
        "-s",
        "-rdynamic",
        # Without -nostdlib zig links its compiler_rt, whose memcpy, log2, exp and others take
        # the place of glibc's: log2(2**-1065) is then -1064.9999999999998.
        "-nostdlib",
        str(job.recipe.folder / "interpreter.c"),
        str(job.recipe.folder / "arc4random.c"),
        # The whole archive: extension modules use what the interpreter itself does not. Not the
        # -pic archive beside it, whose code starts 8 % slower.
        "-Wl,--whole-archive",
        str(config / f"libpython{python}.a"),
        "-Wl,--no-whole-archive",
        str(_hide_symbols(libraries / "libexpat.a", job.work)),
        str(_hide_symbols(libraries / "libz.a", job.work)),
        str(compiler_library),
        "-lm",
        "-lc",
        "-Wl,--hash-style=gnu",  # zig's default is both tables; glibc reads only this one
        "-Wl,-rpath,$ORIGIN/../lib",
        "-o",
        str(linked),
    )
    # zig takes --disable-new-dtags and writes RUNPATH all the same.
    linked.write_bytes(change_runpath_to_rpath(linked.read_bytes()))
    return linked


def _hide_symbols(archive: Path, folder: Path) -> Path:
    """zig has no --exclude-libs."""
    copy = folder / f"hidden-{archive.name}"
    copy.write_bytes(hide_symbols(archive.read_bytes()))
    return copy


def _zig_cc(job: BuildJob, *arguments: str) -> None:
    target = job.architecture.names.zig_target
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, *arguments]
    cache = str(job.work / "zig")
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise LayerError(f"zig cc failed for {target}: {lines[-1]}")
