"""Builds the Python layer for provided.al2023: a zip with a relocatable CPython in python-rt/.

`ensure_layer(Architecture.ARM64)` returns the path of the zip, from the cache or built now. This
package knows nothing of the CDK, of the local cloud or of the runtime, and needs only the standard
library.

A build goes through three packages. None of them imports another, or a file that stands above them:

    sources/    puts a CPython into the build's folder: `pbs`, `debian` or `docker`
    pack/       makes the layer's zip from it
    check/      would the zip run on provided.al2023?

Above the packages:

    __main__, options   the command line: build, check, list, lock, clean
    build               ensure_layer: source -> pack -> check -> cache
    request             which layer is asked for
    cached_layers       finished layers in the cache, and the table that `list` prints
    clean               what `clean` removes from the cache

Below the packages, for all:

    lock, recipe        the recipe folder `layer/` with python-layer.lock: versions are pinned there
    cache               where the cache is, and its locks
    job                 one build, and what a source returns
    layer_info          what a finished zip says of itself: Python, architecture, source
    layout              where things are in the zip
    components          what a layer is made of, for its bill of materials
    architecture, elf, errors, file_lock, files, report, text_table, unpack
"""

from typing import TYPE_CHECKING

from streambda.late_names import make_getattr

if TYPE_CHECKING:
    from streambda.layer.architecture import Architecture
    from streambda.layer.build import ensure_layer, ensure_requested_layer, find_layer, make_request
    from streambda.layer.errors import CheckFailed, HashMismatch, LayerError, LayerUnavailable
    from streambda.layer.pack.bytecode import compile_function

__all__ = [
    "Architecture",
    "CheckFailed",
    "HashMismatch",
    "LayerError",
    "LayerUnavailable",
    "compile_function",
    "ensure_layer",
    "ensure_requested_layer",
    "find_layer",
    "make_request",
]

# Who only needs the architectures or the errors does not load what builds a layer.
_MODULES = {
    "Architecture": "architecture",
    "CheckFailed": "errors",
    "HashMismatch": "errors",
    "LayerError": "errors",
    "LayerUnavailable": "errors",
    "compile_function": "pack.bytecode",
    "ensure_layer": "build",
    "ensure_requested_layer": "build",
    "find_layer": "build",
    "make_request": "build",
}

# Hidden from type checkers: to them, a package with such a function has every name.
if not TYPE_CHECKING:
    __getattr__ = make_getattr(globals(), _MODULES)
