"""Lets a Python that was configured with --with-platlibdir=lib64 find its library in lib/.

CPython looks for <prefix>/<platlibdir>/python3.X/os.py. The name is compiled in, as a C string of
libpython (PLATLIBDIR, which Modules/getpath.c hands to getpath.py). PYTHONPLATLIBDIR would do the
same, but -I ignores it, and a layer must need no environment variable. Other bytes in that place
move sys.platlibdir and the search with it: tried with CPython 3.11.
"""

from __future__ import annotations

from streambda.layer.errors import LayerError

_THEIRS = b"lib64\0"
_OURS = b"lib\0\0\0"


def stdlib_in_lib(libpython: bytes, name: str) -> bytes:
    if _THEIRS not in libpython:
        raise LayerError(f"{name}: has no string lib64, so its library cannot be moved to lib/")
    # Linkers share the ends of strings: /usr/lib64 may be the same bytes, and /usr/lib serves.
    return libpython.replace(_THEIRS, _OURS)
