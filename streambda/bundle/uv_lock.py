"""Reads a uv.lock: what is locked for one member of a workspace."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from streambda.bundle.local_projects import LocalProject, find_workspace
from streambda.bundle.project_file import PYPROJECT, ProjectFile, parse_requirement, read_toml

UV_LOCK = "uv.lock"

Table = Mapping[str, Any]

# Kinds of sources that are folders of this machine; `virtual` has no code to install.
_FOLDERS = ("editable", "directory", "virtual")
# Says nothing about what is installed.
_NOT_INSTALLED = ("metadata", "dev-dependencies")


class LockedPackages:
    """The packages of a uv.lock that `project` needs, with these extras and groups of it.

    Raises:
        ValueError: the lock is not TOML, does not know the project, or is older than it.
    """

    def __init__(
        self, lock: Path, project: ProjectFile, extras: Iterable[str], groups: Iterable[str]
    ) -> None:
        self._lock = lock
        self._tables: dict[str, list[Table]] = {}
        for table in _read_packages(lock):
            self._tables.setdefault(table["name"], []).append(table)
        self._root = self._find_root(project)
        _check_age(lock, self._root, project)
        first = [*self._root.get("dependencies", ())]
        for name in extras:
            first += self._root.get("optional-dependencies", {}).get(canonicalize_name(name), ())
        for name in groups:
            first += self._root.get("dev-dependencies", {}).get(canonicalize_name(name), ())
        self.first: list[Table] = first
        self.tables: list[Table] = self._follow(first)

    @property
    def projects(self) -> tuple[LocalProject, ...]:
        """Those whose code is on this machine.

        Raises:
            ValueError: one of them is not a package, so that uv installs nothing of it.
        """
        found = []
        for table in self.tables:
            source = table["source"]
            if "virtual" in source:
                raise ValueError(
                    f"{self._lock}: {table['name']} is not a package: uv does not install it; "
                    f"expected a [build-system] in its {PYPROJECT}, and then: uv lock"
                )
            place = source.get("editable") or source.get("directory") or source.get("path")
            if place is not None:
                path = (self._lock.parent / place).resolve()
                found.append(LocalProject(table["name"], path))
        return tuple(sorted(found))

    def _find_root(self, project: ProjectFile) -> Table:
        here = project.folder.resolve()
        for table in self._tables.get(project.name or "", ()):
            for kind in _FOLDERS:
                place = table["source"].get(kind)
                if place is not None and (self._lock.parent / place).resolve() == here:
                    return table
        raise ValueError(f"{self._lock} does not know {project.file}, expected: uv lock")

    def _expand_own_extras(self, first: list[Table]) -> list[Table]:
        """With what stands behind the project's own name: an extra may ask for another one."""
        edges, seen = [*first], set[str]()
        for edge in edges:  # grows
            if edge["name"] == self._root["name"]:
                for name in {*edge.get("extra", ())} - seen:
                    seen.add(name)
                    edges += self._root.get("optional-dependencies", {}).get(name, ())
        return edges

    def _follow(self, first: list[Table]) -> list[Table]:
        waiting = [edge["name"] for edge in self._expand_own_extras(first)]
        seen = {self._root["name"]}
        found: list[Table] = []
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for table in self._tables.get(name, ()):
                found.append({key: table[key] for key in table if key not in _NOT_INSTALLED})
                edges = [*table.get("dependencies", ())]
                # More than was asked for at times: an extra of a package that nobody chose.
                for extra in table.get("optional-dependencies", {}).values():
                    edges += extra
                waiting += [edge["name"] for edge in edges]
        return sorted(found, key=lambda table: (table["name"], table.get("version", "")))


def find_lock(folder: Path) -> Path | None:
    """The uv.lock of the project in `folder`, or of the workspace that it is a member of."""
    root = find_workspace(folder)
    for place in (folder, root.folder if root else folder):
        if (place / UV_LOCK).is_file():
            return place / UV_LOCK
    return None


def _read_packages(lock: Path) -> list[Table]:
    content = read_toml(lock)
    packages: list[Table] = content.get("package", [])
    # https://docs.astral.sh/uv/concepts/resolution/#lockfile-versioning
    is_known = content.get("version") == 1 and isinstance(packages, list)
    if not is_known or not all({"name", "source"} <= table.keys() for table in packages):
        raise ValueError(f"cannot read {lock}, expected a lock of version 1, as uv 0.13 writes it")
    return packages


def _check_age(lock: Path, root: Table, project: ProjectFile) -> None:
    """Whether what the project asks for is what was locked: an older lock would install less."""
    metadata = root.get("metadata", {})
    edges, groups = metadata.get("requires-dist", ()), metadata.get("requires-dev", {})
    there = _specifiers(edge for edge in edges if "extra ==" not in edge.get("marker", ""))
    # Those that are dynamic are in the lock alone.
    is_dynamic = "dependencies" in project.project.get("dynamic", ())
    wanted = [(there, line) for line in (() if is_dynamic else project.read_dependencies())]
    for name, lines in project.extras.items():
        mark = f"extra == {name!r}"
        there = _specifiers(edge for edge in edges if mark in edge.get("marker", ""))
        wanted += [(there, line) for line in lines]
    for name, lines in project.groups.items():
        there = _specifiers(groups.get(name, ()))
        wanted += [(there, line) for line in lines if isinstance(line, str)]
    for there, line in wanted:
        requirement = parse_requirement(line)
        name = canonicalize_name(requirement.name) if requirement else ""
        known = there.get(name, [])
        fits = requirement is not None and (None in known or requirement.specifier in known)
        if not fits:
            raise ValueError(
                f"{lock} is older than {project.file}, it does not have {line!r}, expected: "
                f"cd {project.folder} && uv lock"
            )


def _specifiers(edges: Iterable[Table]) -> dict[str, list[SpecifierSet | None]]:
    """Name -> what is asked of its version; None where it has another source than an index."""
    found: dict[str, list[SpecifierSet | None]] = {}
    for edge in edges:
        elsewhere = {"editable", "directory", "virtual", "path", "url", "git"} & edge.keys()
        specifier = None if elsewhere else SpecifierSet(edge.get("specifier", ""))
        found.setdefault(canonicalize_name(edge["name"]), []).append(specifier)
    return found
