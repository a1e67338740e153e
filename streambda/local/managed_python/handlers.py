"""Finds the handler that `_HANDLER` names, and says what is wrong in Lambda's words."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from streambda.local.managed_python.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any, Any], Any]


def load(spec: str) -> Handler:
    """The function behind "module.function", "folder/module.function" or "a.b.function".

    Raises `Fault`; what else a module raises at its top level is left as it is.
    """
    module_name, dot, name = spec.rpartition(".")
    if not dot:
        reason = "not enough values to unpack (expected 2, got 1)"  # in Python's words
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{spec}': {reason}")
    module = _import(module_name)
    try:
        handler: Handler = getattr(module, name)
    except AttributeError:
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from None
    return handler


def _import(name: str) -> object:
    if name.partition(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {name} as a handler module"
        raise Fault("Runtime.BuiltInModuleConflict", message)
    try:
        return import_module(name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{name}': {error}"
        raise Fault("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{name}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", message, [where]) from error
