"""Which packages a folder of handlers asks for, and in which file.

The first of these that is there counts: requirements.txt, pylock.toml, pyproject.toml with the
uv.lock of its project or workspace, pyproject.toml alone. Files of other tools are refused.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from streambda.bundle.local_projects import (
    LocalProject,
    find_projects,
    find_sources,
    find_workspace,
    is_editable,
)
from streambda.bundle.options import DEFAULTS, BundleOptions
from streambda.bundle.other_tools import refuse_other_tools
from streambda.bundle.project_file import PYPROJECT, ProjectFile, read_toml
from streambda.bundle.requirement_lines import (
    digest_files,
    is_address,
    read_lines,
    strip_credentials,
)
from streambda.bundle.uv_lock import LockedPackages, find_lock

REQUIREMENTS = "requirements.txt"
PYLOCK = "pylock.toml"

# More than a minor version of Python will ever have.
_PATCHES = range(100)


@dataclass(frozen=True, slots=True)
class Requirements:
    """What `file` asks for; `lines` has one for each package and each option.

    They are those of a requirements.txt and the files that it includes, without comments, or the
    locked packages in JSON. With `is_locked`, versions and addresses are in a lock.
    """

    file: Path
    lines: tuple[str, ...]
    projects: tuple[LocalProject, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    allow_builds: tuple[str, ...] = ()
    is_locked: bool = False
    requires_python: str | None = None

    @property
    def count(self) -> int:
        return sum(_asks(line) for line in self.lines)

    @property
    def digest(self) -> str:
        """Depends on the lines, and on the content of all on this machine that they name."""
        content = hashlib.sha256("\n".join(self.lines).encode())
        content.update(digest_files(self.lines, self.file.parent))
        for project in self.projects:
            content.update(project.digest.encode())
        for name in ("extras", "groups", "allow_builds"):
            if chosen := getattr(self, name):
                content.update(f"{name} {sorted(chosen)}".encode())
        return content.hexdigest()[:32]

    def check_python(self, python: str) -> None:
        """Check that the project is for `python`, such as "3.13".

        Raises:
            ValueError: it is not, or does not say it in a way that can be read.
        """
        if self.requires_python is None:
            return
        try:
            wanted = SpecifierSet(self.requires_python)
        except InvalidSpecifier as error:
            raise ValueError(f"{self.file}: requires-python: {error}") from None
        if not any(wanted.contains(f"{python}.{patch}") for patch in _PATCHES):
            raise ValueError(
                f"{self.file} requires Python {self.requires_python}, the function has {python}; "
                "expected one that fits: see the options runtime and layer"
            )


def read_requirements(entry: Path, options: BundleOptions = DEFAULTS) -> Requirements | None:
    """None where the folder asks for nothing.

    Raises:
        ValueError: a file cannot be read or asks for packages in a way that is not understood, or
            an extra or a dependency group is chosen that is not there.
    """
    found = _read_first(entry, options)
    if found is None:
        _refuse_choice(entry, options, f"expected a {PYPROJECT} in {entry}")
        return None
    if not found.count:
        return None
    return replace(
        found,
        extras=tuple(options.extras),
        groups=tuple(options.groups),
        allow_builds=tuple(options.allow_builds),
    )


def read_required_python(entry: Path) -> Requirements:
    """Only which Python the project in `entry` is for."""
    project = ProjectFile.read(entry / PYPROJECT)
    return Requirements(project.file, (), requires_python=project.requires_python)


def _read_first(entry: Path, options: BundleOptions) -> Requirements | None:
    file = entry / REQUIREMENTS
    if file.is_file():
        _refuse_choice(entry, options, f"{file} comes first, and has neither")
        lines = tuple(read_lines(file))
        _refuse_builds(file, lines)
        return Requirements(file, lines, find_projects(lines, entry))
    if (entry / PYLOCK).is_file():
        return _read_pylock(entry / PYLOCK, options)
    project = ProjectFile.read(entry / PYPROJECT)
    lock = find_lock(entry) if project.file.is_file() else None
    if lock is None:
        refuse_other_tools(entry)
        return _read_project(project, options) if project.file.is_file() else None
    project.read_chosen(options.extras, options.groups)
    locked = LockedPackages(lock, project, options.extras, options.groups)
    return Requirements(
        project.file,
        _dump([*locked.first, *locked.tables]) if locked.first else (),
        locked.projects,
        is_locked=True,
    )


def _read_project(project: ProjectFile, options: BundleOptions) -> Requirements:
    chosen = project.read_chosen(options.extras, options.groups)
    lines = (*project.read_dependencies(), *chosen)
    if not lines and "dependencies" not in project.project:
        _refuse_silence(project)
    projects = find_sources(project, lines)
    return Requirements(project.file, (*lines, *_list_sources(project)), projects)


def _list_sources(project: ProjectFile) -> Iterator[str]:
    """A line for each package that [tool.uv.sources] takes from elsewhere than this machine."""
    root = find_workspace(project.folder)
    for one in {project.file: project, **({root.file: root} if root else {})}.values():
        for name, source in sorted(one.uv.get("sources", {}).items()):
            tables = source if isinstance(source, list) else [source]
            if any({"git", "url", "index"} & table.keys() for table in tables):
                yield strip_credentials(f"--source {name} {json.dumps(source, sort_keys=True)}")


def _refuse_silence(project: ProjectFile) -> None:
    # A group "dev" is never for production.
    there = sorted({*project.extras, *(project.groups.keys() - {"dev"})})
    if there:
        raise ValueError(
            f"{project.file} has no dependencies but extras or dependency groups: "
            f"{', '.join(there)}; expected extras=[...] or dependency_groups=[...], "
            "or dependencies = [] in its [project]"
        )


def _read_pylock(file: Path, options: BundleOptions) -> Requirements:
    content = read_toml(file)
    packages = content.get("packages", [])
    local = [project for one in packages for project in _find_local(file, one)]
    for noun, chosen, known in (
        ("extra", options.extras, content.get("extras", [])),
        ("dependency group", options.groups, content.get("dependency-groups", [])),
    ):
        for name in set(chosen) - set(known):
            raise ValueError(f"{file} has no {noun} {name!r}, it has: {', '.join(known) or 'none'}")
    return Requirements(
        file,
        _dump(packages),
        tuple(sorted(local)),
        is_locked=True,
        requires_python=content.get("requires-python"),
    )


def _find_local(file: Path, package: Mapping[str, Any]) -> Iterator[LocalProject]:
    for kind in ("directory", "archive"):
        if place := package.get(kind, {}).get("path"):
            yield LocalProject(package["name"], (file.parent / place).resolve())


def _asks(line: str) -> bool:
    """Whether a line asks for packages: an option does not, a file from elsewhere does."""
    is_file_elsewhere = line.startswith(("-r", "--requirement")) and is_address(line)
    return not line.startswith("-") or is_editable(line) or is_file_elsewhere


def _refuse_builds(file: Path, lines: Iterable[str]) -> None:
    for line in lines:
        if line.startswith("--no-binary"):
            raise ValueError(
                f"{file} has {line!r}, expected the names in allow_builds=[...]: nothing else is "
                "built"
            )


def _refuse_choice(entry: Path, options: BundleOptions, why: str) -> None:
    if options.extras or options.groups:
        raise ValueError(
            f"extras=[...] or dependency_groups=[...] are given for {entry}, expected none: {why}"
        )


def _dump(tables: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(json.dumps(table, sort_keys=True, default=str) for table in tables)
