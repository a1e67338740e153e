"""A Python for functions of the local cloud that also finds the packages of the tests.

A function brings its packages in its zip; a test that would install them would need a network.
"""

import os
import shlex
import sys
import sysconfig
from pathlib import Path

from tests.support.reference_server import HASH_SEED

# `bootstrap` starts it with -I -S, and -I would hide PYTHONPATH. -S stays: no .pth file is read.
SCRIPT = """#!/bin/sh
shift 2
PYTHONHASHSEED={seed} PYTHONPATH={packages} exec {python} -P -S "$@"
"""


def write_python(folder: Path, before: Path | None = None) -> Path:
    """For STREAMBDA_PYTHON, in the environment of a function. `before` has more packages."""
    script = folder / "python-with-packages"
    found = [str(before)] if before else []
    packages = shlex.quote(os.pathsep.join([*found, sysconfig.get_path("purelib")]))
    script.write_text(
        SCRIPT.format(seed=HASH_SEED, packages=packages, python=shlex.quote(sys.executable))
    )
    script.chmod(0o755)
    return script
