"""What an update of the local cloud has changed. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionChanges:
    """Functions by name. `broken` says why new code did not start; then nothing was changed."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    broken: Mapping[str, str]
