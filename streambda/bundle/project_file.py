"""Reads a pyproject.toml: who the project is, what it needs, where uv gets that from."""

import configparser
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

PYPROJECT = "pyproject.toml"
_HOW = "expected a list of strings"

# It asks the build backend, which knows.
_COMPILE = "uv pip compile pyproject.toml -o requirements.txt"

# Table of a tool with dependencies of its own, where [project] has none -> how to write them down.
_TABLES_OF_TOOLS = {
    "poetry": _COMPILE,
    "flit": _COMPILE,
    "pixi": "uv pip freeze --python .pixi/envs/default/bin/python > requirements.txt",
}
_DEPENDENCIES_OF_TOOLS = ("dependencies", "metadata", "pypi-dependencies")


def read_toml(file: Path) -> dict[str, Any]:
    """Raises ValueError, which names `file`, if it is not TOML."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"cannot read {file}: {error}") from None


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """`file` is a pyproject.toml, `content` what is in it; both are there, whatever is missing."""

    file: Path
    content: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> "ProjectFile":
        """A file that is not there is one without content. Raises ValueError if it is not TOML."""
        return cls(file, read_toml(file) if file.is_file() else {})

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def project(self) -> Mapping[str, Any]:
        return self._table("project")

    @property
    def uv(self) -> Mapping[str, Any]:
        """[tool.uv]"""
        return self._tool("uv")

    @property
    def name(self) -> str | None:
        """As [project], poetry or setuptools have it; normalised."""
        name = self.project.get("name") or self._tool("poetry").get("name") or self._old_name()
        return canonicalize_name(name) if isinstance(name, str) else None

    @property
    def requires_python(self) -> str | None:
        found = self.project.get("requires-python")
        return found if isinstance(found, str) else None

    @property
    def extras(self) -> Mapping[str, list[str]]:
        found = _check_table(self.file, self.project.get("optional-dependencies", {}))
        return {canonicalize_name(name): lines for name, lines in found.items()}

    @property
    def groups(self) -> Mapping[str, list[Any]]:
        found = self._table("dependency-groups")
        return {canonicalize_name(name): lines for name, lines in found.items()}

    def read_dependencies(self) -> tuple[str, ...]:
        """`[project] dependencies`.

        Raises:
            ValueError: they are not a list of strings, or are in another place: a build backend,
                or in a table of a tool.
        """
        found = self.project.get("dependencies", [])
        if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
            raise ValueError(f"{self.file}: project.dependencies is {found!r}, {_HOW}")
        if "dependencies" in self.project.get("dynamic", ()):
            raise ValueError(
                f"{self.file}: project.dependencies is dynamic, only the build backend knows them; "
                f"expected a requirements.txt: cd {self.folder} && {_COMPILE}"
            )
        if "dependencies" not in self.project:
            for tool, command in _TABLES_OF_TOOLS.items():
                if any(key in self._tool(tool) for key in _DEPENDENCIES_OF_TOOLS):
                    raise ValueError(
                        f"{self.file}: the dependencies are in [tool.{tool}], "
                        f"expected a requirements.txt: cd {self.folder} && {command}"
                    )
        return tuple(found)

    def read_chosen(self, extras: Iterable[str], groups: Iterable[str]) -> tuple[str, ...]:
        """The lines of these extras and dependency groups, with the groups that they include.

        Raises:
            ValueError: there is none of that name.
        """
        lines = [line for name in extras for line in self._find("extra", name, self.extras)]
        lines += [line for name in groups for line in self._read_group(name, frozenset())]
        return tuple(lines)

    def _read_group(self, name: str, above: frozenset[str]) -> Iterator[str]:
        for line in self._find("dependency group", name, self.groups):
            if isinstance(line, str):
                yield line
            elif (included := line.get("include-group")) and included not in above:
                yield from self._read_group(included, above | {name})

    def _find(self, noun: str, name: str, known: Mapping[str, list[Any]]) -> list[Any]:
        try:
            return known[canonicalize_name(name)]
        except KeyError:
            there = ", ".join(sorted(known)) or "none"
            raise ValueError(f"{self.file} has no {noun} {name!r}, it has: {there}") from None

    def _table(self, name: str) -> Mapping[str, Any]:
        return _check_table(self.file, self.content.get(name, {}))

    def _tool(self, name: str) -> Mapping[str, Any]:
        return _check_table(self.file, self._table("tool").get(name, {}))

    def _old_name(self) -> str | None:
        setup = configparser.ConfigParser(interpolation=None)
        try:
            setup.read(self.folder / "setup.cfg", "utf-8")
        except configparser.Error:
            return None
        return setup.get("metadata", "name", fallback=None)


def _check_table(file: Path, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"cannot read {file}: {value!r} is not a table")
    return value


def parse_requirement(line: str) -> Requirement | None:
    """None for what has no name, such as a path."""
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None
