"""Calls a function right after the first import of a module, by any code."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any


def call_when_imported(name: str, then: Callable[[], None]) -> None:
    """Calls `then` before the line after the `import` runs; at once if that was long ago."""
    if name in sys.modules:
        then()
    else:
        sys.meta_path.insert(0, _Finder(name, then))


class _Finder:
    """A finder that finds with the help of the others, for one module only."""

    __slots__ = ("_name", "_then")

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self._name = name
        self._then = then

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> Any:
        if name != self._name:
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is not None:
            self._call_after(spec.loader)
        return spec

    def _call_after(self, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            # Others come here too: a zip file has one loader for all that its modules import.
            if module.__name__ == self._name and self in sys.meta_path:
                sys.meta_path.remove(self)
                loader.exec_module = execute
                self._then()

        loader.exec_module = exec_module
