"""Packages that load a name when it is asked for: each name is one that type checkers see."""

import ast
import importlib
from pathlib import Path

import pytest

LATE = ("streambda.cdk", "streambda.layer", "streambda.local")


@pytest.mark.parametrize("name", LATE)
def test_every_name_is_found_where_type_checkers_find_it(name: str) -> None:
    package = importlib.import_module(name)
    tree = ast.parse(Path(package.__file__ or "").read_text("utf-8"))
    imports = {
        alias.name: f"{node.module}".removeprefix(f"{name}.")
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert imports == package._MODULES
    assert sorted(imports) == sorted(package.__all__)
    for one in package.__all__:
        assert getattr(package, one).__name__ == one


@pytest.mark.parametrize("name", LATE)
def test_any_other_name_is_missing_as_usual(name: str) -> None:
    package = importlib.import_module(name)

    with pytest.raises(AttributeError, match=rf"^module '{name}' has no attribute 'Clod'$"):
        package.Clod  # noqa: B018
