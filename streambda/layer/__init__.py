"""Builds the Python layer for provided.al2023: a zip with a relocatable CPython at python-rt/.

`ensure_layer(Architecture.ARM64)` returns the path of the zip, from a cache or built now.
"""

from streambda.layer.architecture import Architecture
from streambda.layer.build import ensure_layer
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
]
