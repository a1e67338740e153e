"""Who may import whom: the rules that keep the runtime small and the two sides independent."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STDLIB = frozenset(sys.stdlib_module_names)
# Protocol files: bytes and values in, bytes and values out.
NO_IO = (
    "lambda_src/streambda_runtime/chunks.py",
    "lambda_src/streambda_runtime/errors.py",
    "lambda_src/streambda_runtime/http11.py",
    "lambda_src/streambda_runtime/http_event.py",
    "lambda_src/streambda_runtime/response.py",
    "streambda/local/auth/signature.py",
    "streambda/local/auth/sigv4.py",
    "streambda/local/endpoints/function_url/cors.py",
    "streambda/local/endpoints/lambda_api/eventstream.py",
    "streambda/local/http/prelude.py",
    "streambda/local/invocation/lifecycle.py",
    "streambda/local/runtime_api/requests.py",
)

# Folder -> the top-level modules that it may import beside the standard library.
ALLOWED = {
    "lambda_src/streambda_runtime": {"streambda_runtime"},
    "lambda_src/handlers": {"streambda_runtime"},
    "streambda/bundle": {"packaging", "streambda"},
    "streambda/cdk": {"aws_cdk", "constructs", "jsii", "streambda", "yaml"},
    "streambda/layer": {"streambda"},
    "streambda/package": {"streambda", "typer"},
    "streambda/local": {
        "boto3",  # if it is there: for the client that a test asks for
        "botocore",
        "debugpy",  # with pydevd_file_utils, a part of it: in the process of a debugged function
        "pydevd_file_utils",
        "dotenv",
        "h11",
        "httptools",
        "pydantic",
        "regex",
        "rich",
        "samtranslator",
        "starlette",
        "streambda",
        "uvicorn",
        "watchfiles",
        "yaml",
    },
}
# Folder -> which parts of streambda it may use.
WITHIN = {
    "streambda/bundle": ("streambda.bundle", "streambda.layer", "streambda.progress"),
    "streambda/cdk": (
        "streambda.bundle",
        "streambda.cdk",
        "streambda.late_names",
        "streambda.layer",
        "streambda.missing_extra",
        "streambda.node",
        "streambda.progress",
    ),
    "streambda/layer": ("streambda.late_names", "streambda.layer"),
    "streambda/package": (
        "streambda.bundle",
        "streambda.command_errors",
        "streambda.layer",
        "streambda.package",
    ),
    "streambda/local": (
        "streambda.late_names",
        "streambda.local",
        "streambda.missing_extra",
        "streambda.node",
    ),
}


# Package -> its subpackages, from the lowest up -> the subpackages whose files a subpackage may
# import.
SUBPACKAGES: dict[str, dict[str, set[str]]] = {
    "streambda_runtime": {
        "aio": set(),
        "streams": {"aio"},
        "platform": {"aio"},
        "hosting": {"aio"},
        "llm": set(),
    },
    "streambda.bundle": {},
    "streambda.package": {},
    "streambda.cdk": {
        "runtime": set(),
        "bundle": set(),
        "observability": set(),
        "rules": {"runtime"},
    },
    "streambda.layer": {
        "check": set(),
        "pack": set(),
        "sources": set(),
    },
    "streambda.local": {
        "model": set(),
        "invocation": {"model"},
        "limits": {"model"},
        "http": {"model", "invocation", "limits"},
        "faults": {"model", "invocation", "limits", "http"},
        "auth": {"model", "http"},
        "endpoints": {"model", "invocation", "limits", "http", "faults", "auth"},
        "runtime_api": {"model", "invocation", "http"},
        "managed_node": set(),
        "managed_python": set(),
        "debugger": {"model"},
        "environments": {"model", "invocation", "runtime_api", "debugger"},
        "assembly": {"model"},
        "synthesis": {"model"},
        "values": {"model"},
        "watch": {"model", "synthesis"},
        "templates": {"model", "assembly", "synthesis", "watch"},
        "records": {"model", "invocation", "http"},
        "console": {"model", "invocation", "http", "records"},
    },
}

# Package -> the files beside its subpackages that subpackages may import; all others stand above
# the subpackages.
BELOW_SUBPACKAGES: dict[str, set[str]] = {
    "streambda.bundle": set(),
    "streambda.package": set(),
    "streambda.cdk": {"context", "option_types", "outputs", "quotas"},
    "streambda.layer": {
        "architecture",
        "components",
        "elf",
        "errors",
        "file_lock",
        "files",
        "job",
        "layout",
        "lock",
        "report",
        "text_table",
        "unpack",
    },
    "streambda.local": set(),
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
    assert not {"socket", "select", "asyncio", "time", "os", "io"} & set(imports(ROOT / name))


@cache
def ours(file: Path, *, for_types: bool) -> frozenset[str]:
    """Absolute names of our modules that a file imports, with or without those for type checkers.

    `from a import b` gives both `a` and `a.b`: the second is a module or only a name in one.
    """
    root = ROOT / "lambda_src" if "lambda_src" in file.parts else ROOT
    package = file.relative_to(root).parent.parts
    tree = ast.parse(file.read_text("utf-8"))
    if not for_types:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                node.body = []
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(name for name in found if name.startswith("streambda"))


def within(package: str, file: Path, *, for_types: bool = True) -> set[str]:
    """What a file imports of one package, as names below it."""
    names = ours(file, for_types=for_types)
    return {name.removeprefix(f"{package}.") for name in names if name.startswith(f"{package}.")}


def subpackages_used(package: str, file: Path) -> set[str]:
    """Which subpackages of a package a file imports from, beside its own."""
    folder = ROOT / folder_of(package)
    own = file.relative_to(folder).parts[0]
    found = {name.partition(".")[0] for name in within(package, file)}
    return {name for name in found if (folder / name).is_dir() and name != own}


@pytest.mark.parametrize(
    ("package", "subpackage"), [(p, r) for p in SUBPACKAGES for r in SUBPACKAGES[p]]
)
def test_a_subpackage_imports_only_the_subpackages_below_it(package: str, subpackage: str) -> None:
    for file in files(folder_of(package, subpackage)):
        above = subpackages_used(package, file) - SUBPACKAGES[package][subpackage]
        assert not above, f"{file.relative_to(ROOT)} imports from {sorted(above)}"


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_every_folder_is_a_subpackage(package: str) -> None:
    folder = ROOT / folder_of(package)
    found = {one.parent.name for one in folder.glob("*/__init__.py")}
    assert found == set(SUBPACKAGES[package])


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_subpackages_stand_in_an_order(package: str) -> None:
    """No circle: each subpackage uses only subpackages that are named before it."""
    above: set[str] = set()
    for subpackage, below in SUBPACKAGES[package].items():
        assert below <= above, f"{subpackage} uses {sorted(below - above)}, which come later"
        above.add(subpackage)


def folder_of(package: str, subpackage: str = "") -> str:
    root = "lambda_src/" if package == "streambda_runtime" else ""
    return f"{root}{package.replace('.', '/')}/{subpackage}"


@pytest.mark.parametrize("package", BELOW_SUBPACKAGES)
def test_a_subpackage_imports_nothing_that_stands_above_the_subpackages(package: str) -> None:
    folder = ROOT / folder_of(package)
    alone = {file.stem for file in folder.glob("*.py")} - {"__init__"} - BELOW_SUBPACKAGES[package]
    for subpackage in SUBPACKAGES[package]:
        for file in files(folder_of(package, subpackage)):
            above = {name.partition(".")[0] for name in within(package, file)} & alone
            assert not above, f"{file.relative_to(ROOT)} imports {sorted(above)}"


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_no_files_import_each_other_in_a_circle(package: str) -> None:
    """Imports within functions count."""
    folder = ROOT / folder_of(package)
    modules = {
        ".".join(file.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files(folder_of(package))
    }
    arrows = {
        name: modules.keys() & within(package, file, for_types=False)
        for name, file in modules.items()
    }
    assert not circle(arrows)


def circle(arrows: dict[str, set[str]]) -> set[str]:
    """What is left when files that import nothing of the rest are taken away, again and again."""
    left = {name: set(others) for name, others in arrows.items()}
    while free := {name for name, others in left.items() if not others & left.keys() - {name}}:
        for name in free:
            del left[name]
    return set(left)
