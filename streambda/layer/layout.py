"""Where things are in the layer's zip, whose root Lambda unpacks to /opt.

python-rt/bin/python3            the interpreter
python-rt/lib/python3.X/         the standard library
python-rt/lib/*.so.*             libraries that the interpreter's modules need
python-rt/LICENSE.txt, licenses/
python-rt/sbom.cdx.json          the bill of materials
"""

from __future__ import annotations

TREE = "python-rt"

# Paths within the tree.
INTERPRETER = "bin/python3"
LICENCE = "LICENSE.txt"  # CPython's own
LICENCES = "licenses"
SBOM = "sbom.cdx.json"


def stdlib(python: str) -> str:
    """The standard library of a version such as "3.13"."""
    return f"lib/python{python}"
