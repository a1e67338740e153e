"""A Python for functions of the local cloud that also finds the packages of the tests.

A function brings its packages in its zip; a test that would install them would need a network.
"""

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


def write_python(folder: Path) -> Path:
    """For STREAMBDA_PYTHON, in the environment of a function."""
    script = folder / "python-with-packages"
    packages = shlex.quote(sysconfig.get_path("purelib"))
    script.write_text(
        SCRIPT.format(seed=HASH_SEED, packages=packages, python=shlex.quote(sys.executable))
    )
    script.chmod(0o755)
    return script
