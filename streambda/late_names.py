"""Names of a package that are loaded when they are asked for.

Standard library only: a function's layer is built with it too.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def make_getattr(
    names: dict[str, Any], modules: Mapping[str, str], extra: str | None = None
) -> Callable[[str], object]:
    """The `__getattr__` of a package (PEP 562).

    Args:
        names: The package's own, its `globals()`.
        modules: By name the module below the package that has it.
        extra: What pip has to install for them, such as `streambda[local]`, if that is needed.
    """
    package = names["__name__"]

    def load(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            value = names[name] = getattr(import_module(f".{modules[name]}", package), name)
        except ModuleNotFoundError as error:
            if extra is None:
                raise
            from streambda.missing_extra import explain_missing

            raise explain_missing(error, extra) from error
        return value

    return load
