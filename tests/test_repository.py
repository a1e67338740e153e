"""What must hold of the tree itself: exact pins, no addresses in locks, small files, no test
module that imports from another."""

import ast
import json
import re
import subprocess
import tomllib
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]


def list_tracked_files(*patterns: str) -> list[Path]:
    """The files that git has and that match `patterns`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_the_cdk_cli_is_pinned_exactly() -> None:
    pin = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    assert re.fullmatch(r"2\.\d+\.\d+", pin), f"{pin}: npm's `latest` of aws-cdk is a mistake"


def test_locks_name_no_registry() -> None:
    for file in list_tracked_files("*package-lock.json"):
        lock = json.loads(file.read_text())
        assert not any("resolved" in package for package in lock["packages"].values()), file
    assert "://" not in (ROOT / "requirements.txt").read_text()


def test_every_requirement_is_pinned_by_hash() -> None:
    lines = (ROOT / "requirements.txt").read_text().replace("\\\n", " ").splitlines()
    assert lines
    for line in lines:
        assert re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:", line), line


def test_no_source_file_is_longer_than_400_lines() -> None:
    for file in list_tracked_files("*.py"):
        assert file.read_bytes().count(b"\n") <= 400, file


def test_no_test_module_imports_from_another() -> None:
    """What two of them need is in tests/support."""
    for file in list_tracked_files("tests/*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            modules = [name for name in imported_names(node) if is_test_module(name)]
            assert not modules, f"{file.relative_to(ROOT)} imports {modules}"


def test_mypy_reads_every_module_of_the_cdk_that_is_imported() -> None:
    """mypy takes one that it does not read for Any."""
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    (read,) = (part["module"] for part in overrides if part.get("follow_imports") == "normal")
    spec = find_spec("aws_cdk")
    assert spec
    assert spec.origin
    site_packages = Path(spec.origin).parents[1]
    for file in list_tracked_files("*.py"):
        nodes = ast.walk(ast.parse(file.read_bytes()))
        for name in [name for node in nodes for name in imported_names(node)]:
            if name.startswith("aws_cdk.") and (site_packages / name.replace(".", "/")).is_dir():
                listed = any(fnmatchcase(name, pattern) for pattern in read)
                assert listed, f"{file.relative_to(ROOT)}: {name} is not in pyproject.toml"


def test_every_bug_number_in_a_tests_name_is_explained() -> None:
    page = (ROOT / "docs" / "peer-bugs.md").read_text("utf-8")
    explained = set(re.findall(r"^\| B(\d+) \|", page, re.MULTILINE))
    for file in list_tracked_files("tests/*.py"):
        numbers = set(re.findall(r"def test_b(\d+)_", file.read_text("utf-8")))
        assert numbers <= explained, f"{file.relative_to(ROOT)}: not in docs/peer-bugs.md"


def imported_names(node: ast.AST) -> list[str]:
    """With the module in front: `tests.support.gate`, `tests.support.gate.Gate`."""
    match node:
        case ast.Import(names=names):
            return [name.name for name in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [module, *(f"{module}.{name.name}" for name in names)]
    return []


def is_test_module(name: str) -> bool:
    return name.startswith("tests.") and name.rpartition(".")[2].startswith("test_")
