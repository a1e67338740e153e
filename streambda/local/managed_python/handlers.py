"""Loads the handler that `_HANDLER` names; errors have Lambda's words."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any, Any], Any]


def load_handler(spec: str) -> Handler:
    """The function behind "module.function", "folder/module.function" or "a.b.function".

    Raises `FunctionError`, and whatever else a module raises at its top level.
    """
    module_name, dot, name = spec.rpartition(".")
    if not dot:
        reason = "not enough values to unpack (expected 2, got 1)"  # in Python's words
        raise FunctionError("Runtime.MalformedHandlerName", f"Bad handler '{spec}': {reason}")
    module = _import_module(module_name)
    try:
        handler: Handler = getattr(module, name)
    except AttributeError:
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise FunctionError("Runtime.HandlerNotFound", message) from None
    return handler


def _import_module(name: str) -> object:
    if name.partition(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {name} as a handler module"
        raise FunctionError("Runtime.BuiltInModuleConflict", message)
    try:
        return import_module(name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{name}': {error}"
        raise FunctionError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{name}': {error}"
        raise FunctionError("Runtime.UserCodeSyntaxError", message, [where]) from error
