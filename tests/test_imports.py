"""Who may import whom: the rules that keep the runtime small and the two sides independent."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STDLIB = frozenset(sys.stdlib_module_names)
NO_IO = ("http11", "response", "errors", "chunks", "front_endpoint")
LOCAL_NO_IO = (
    "auth/signature",
    "auth/sigv4",
    "endpoints/cors",
    "endpoints/eventstream",
    "endpoints/prelude",
    "invocations",
    "runtime/requests",
)

# Folder -> the top-level modules that it may import beside the standard library.
ALLOWED = {
    "lambda_src/streambda_runtime": {"streambda_runtime"},
    "lambda_src/handlers": {"streambda_runtime"},
    "streambda/cdk": {"aws_cdk", "constructs", "cdk_nag", "jsii", "streambda"},
    "streambda/layer": {"streambda"},
    "streambda/local": {
        "boto3",  # if it is there: for the client that a test asks for
        "botocore",
        "h11",
        "httptools",
        "pydantic",
        "rich",
        "starlette",
        "streambda",
        "uvicorn",
        "watchfiles",
    },
}
# Folder -> which parts of streambda it may use.
WITHIN = {
    "streambda/cdk": ("streambda.cdk", "streambda.layer", "streambda.node"),
    "streambda/layer": ("streambda.layer",),
    "streambda/local": ("streambda.local", "streambda.node"),
}


@cache
def imports(file: Path) -> tuple[str, ...]:
    """Absolute module names that are imported at run time; relative ones stay in their folder."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text("utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def files(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, folder
    return found


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    for file in files(folder):
        foreign = {name.partition(".")[0] for name in imports(file)} - STDLIB - ALLOWED[folder]
        assert not foreign, f"{file.relative_to(ROOT)} imports {sorted(foreign)}"


@pytest.mark.parametrize("folder", WITHIN)
def test_a_part_of_streambda_uses_only_the_parts_it_may(folder: str) -> None:
    for file in files(folder):
        ours = {name for name in imports(file) if name.startswith("streambda.")}
        foreign = {name for name in ours if not name.startswith(WITHIN[folder])}
        assert not foreign, f"{file.relative_to(ROOT)} imports {sorted(foreign)}"


def test_the_package_itself_imports_nothing() -> None:
    assert imports(ROOT / "streambda" / "__init__.py") == ()


@pytest.mark.parametrize("name", NO_IO)
def test_protocol_files_do_no_io(name: str) -> None:
    file = ROOT / "lambda_src" / "streambda_runtime" / f"{name}.py"
    assert not {"socket", "select", "time", "os", "io"} & set(imports(file))


@pytest.mark.parametrize("name", LOCAL_NO_IO)
def test_the_local_clouds_protocol_files_do_no_io(name: str) -> None:
    file = ROOT / "streambda" / "local" / f"{name}.py"
    assert not {"socket", "asyncio", "time", "os", "io"} & set(imports(file))
