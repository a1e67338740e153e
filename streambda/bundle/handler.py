"""Checks at synthesis that the handler is there; Lambda would report that only at the first call.

The handler's source is read, never imported: its imports need not be installed where the CDK runs.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from streambda.bundle.files import Files

# The names within one of these are not names of the module.
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def check_handler(entry: Path, handler: str) -> None:
    """Check that `handler`, in the form "package.module.function", exists in the folder `entry`.

    Raises:
        ValueError: the form is wrong, there is no such module, or it defines no such name.
    """
    module, function = _split(handler)
    if not all(module.split(".")) or not function.isidentifier():
        raise ValueError(f"handler is {handler!r}, expected 'module.function'")
    file = _find_module(entry, module)
    if file is None:
        expected = f"{module.replace('.', '/')}.py"
        raise ValueError(f"handler is {handler!r}, expected a module {expected} in {entry}")
    if not _defines(file.read_bytes(), function):
        raise ValueError(f"handler is {handler!r}, expected {file} to define {function!r}")


def check_is_packaged(entry: Path, handler: str, files: Files) -> None:
    """Check that the module of `handler` is among `files`, those that go into the zip.

    Raises:
        ValueError: it is left out.
    """
    module, _ = _split(handler)
    file = _find_module(entry, module)
    if file is not None and file.relative_to(entry).as_posix() not in files:
        raise ValueError(
            f"handler is {handler!r}, but its file {file} is left out of the zip, expected "
            "another exclude=[...], or it in include=[...]"
        )


def _split(handler: str) -> tuple[str, str]:
    # Lambda's managed runtimes take "a/b.handler" for "a.b.handler".
    module, _, function = handler.replace("/", ".").rpartition(".")
    return module, function


def _find_module(entry: Path, module: str) -> Path | None:
    # A package wins over a module of the same name, as in Python's own import.
    base = entry.joinpath(*module.split("."))
    candidates = (base / "__init__.py", base.with_name(f"{base.name}.py"))
    return next((path for path in candidates if path.is_file()), None)


def _defines(source: bytes, name: str) -> bool:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        # It is not known: the Python that runs the CDK may be older than the function's.
        # ValueError: a null byte, before Python 3.12.
        return True
    names = set(_bound_names(tree))
    return not names.isdisjoint({name, "*", "__getattr__"})


def _bound_names(node: ast.AST) -> Iterator[str]:
    """The names that a module binds at its top level, in any branch; "*" for a star import."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
        if not isinstance(child, _SCOPES):
            yield from _bound_names(child)
