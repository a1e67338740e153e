"""The runtime of plain managed Pythons runs on other Pythons than ours, without our packages."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "streambda/local/managed_python").glob("*.py"))

# The oldest that Lambda ran when this was written.
OLDEST = (3, 9)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_keeps_to_old_syntax_and_the_standard_library(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"), feature_version=OLDEST)

    nodes = list(ast.walk(tree))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [
        node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    ]
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
    # Annotations of newer Pythons are not looked at by old ones then.
    annotated = any(isinstance(node, ast.FunctionDef) and node.returns for node in nodes)
    assert annotated <= ("__future__" in names)
