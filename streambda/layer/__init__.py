"""Builds the Python layer for provided.al2023: a zip with a relocatable CPython at python-rt/.

`ensure_layer(Architecture.ARM64)` returns the path of the zip, from a cache or built now.
"""

from .architecture import Architecture
from .build import ensure_layer
from .bytecode import compile_function
from .errors import CheckFailed, HashMismatch, LayerError, LayerUnavailable

__all__ = [
    "Architecture",
    "CheckFailed",
    "HashMismatch",
    "LayerError",
    "LayerUnavailable",
    "compile_function",
    "ensure_layer",
]
