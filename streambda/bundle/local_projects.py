"""The projects on this machine that packages come from: paths, workspace members, editables.

Their code is built and installed like any other package, and is part of the key of the result.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from streambda.bundle.files import list_files
from streambda.bundle.project_file import PYPROJECT, ProjectFile, parse_requirement

_EDITABLE = re.compile(r"(?:-e|--editable)[\s=]*")
_AFTER_PATH = re.compile(r"\s+(?:;|--hash|#).*|\s*\[[^\]]*\]\s*$")
_NAMED = re.compile(r"[\w.-]+\s*(?:\[[^\]]*\])?\s*@\s*")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


@dataclass(frozen=True, slots=True, order=True)
class LocalProject:
    """`path` is a folder with the source of the package `name`, or one archive of it."""

    name: str
    path: Path

    @property
    def digest(self) -> str:
        """Depends on the content of its files, wherever they lie."""
        content = sha256(self.name.encode())
        for name, file in sorted(self._files().items()):
            executable = bool(file.stat().st_mode & 0o100)
            digest = sha256(file.read_bytes()).hexdigest()
            content.update(f"{name}\0{executable}\0{digest}\n".encode())
        return content.hexdigest()

    def _files(self) -> Mapping[str, Path]:
        return {"": self.path} if self.path.is_file() else list_files(self.path)


def find_projects(lines: Iterable[str], folder: Path) -> tuple[LocalProject, ...]:
    """Those that the lines of a requirements.txt in `folder` name, and those that these need.

    Raises:
        ValueError: a folder is not there, or does not tell the name of its package.
    """
    found: dict[str, LocalProject] = {}
    for line in lines:
        path = _find_path(line, folder)
        # A wheel is part of the key by its line, and needs no build.
        if path is not None and path.suffix != ".whl":
            _add(_read_folder(path, line), found)
    return tuple(sorted(found.values()))


def find_sources(project: ProjectFile, lines: Iterable[str]) -> tuple[LocalProject, ...]:
    """Those that uv takes for `lines` of `project`, and those that these need.

    Raises:
        ValueError: a folder is not there, or does not tell the name of its package.
    """
    found: dict[str, LocalProject] = {}
    for one in _direct_sources(project, lines):
        _add(one, found)
    return tuple(sorted(found.values()))


def is_editable(line: str) -> bool:
    """Whether a line of a requirements.txt asks for a folder as it is being worked on."""
    return _EDITABLE.match(line) is not None


def expand_variables(line: str, folder: Path) -> str:
    """`line` with the variables that uv replaces in requirements files."""
    known = {**os.environ, "PROJECT_ROOT": str(folder)}
    return _VARIABLE.sub(lambda match: known.get(match[1], match[0]), line)


def find_workspace(folder: Path) -> ProjectFile | None:
    """The root of the uv workspace that the project in `folder` is a member of."""
    for parent in (folder, *folder.parents):
        root = ProjectFile.read(parent / PYPROJECT)
        if "workspace" in root.uv:
            members = {path.resolve() for path in _read_members(root).values()}
            return root if folder.resolve() in members or folder == parent else None
    return None


def _add(project: LocalProject, found: dict[str, LocalProject]) -> None:
    if project.name in found:
        return
    found[project.name] = project
    if project.path.is_dir():
        file = ProjectFile.read(project.path / PYPROJECT)
        lines = [*file.project.get("dependencies", ())]
        lines += [line for extra in file.extras.values() for line in extra]
        for one in _direct_sources(file, lines):
            _add(one, found)


def _direct_sources(project: ProjectFile, lines: Iterable[str]) -> Iterator[LocalProject]:
    root = find_workspace(project.folder)
    # Those of the root are for all members, unless one has its own.
    sources = dict(_read_sources(root)) if root else {}
    sources |= dict(_read_sources(project))
    members = _read_members(root) if root else {}
    for line in lines:
        requirement = parse_requirement(line)
        name = canonicalize_name(requirement.name) if requirement else ""
        path = _find_path(line, project.folder)
        if path is not None and path.suffix != ".whl":
            yield _read_folder(path, line)
        for owner, source in sources.get(name, ()):
            if source.get("workspace") is True:
                if name not in members:
                    raise ValueError(f"{project.file}: there is no workspace member {name!r}")
                yield LocalProject(name, members[name])
            elif isinstance(source.get("path"), str):
                yield LocalProject(name, _existing(owner / source["path"], f"{name} of {owner}"))


def _read_sources(project: ProjectFile) -> Iterator[tuple[str, list[tuple[Path, dict[str, Any]]]]]:
    """Name of a package -> the folder that paths start at, and a table, of each of its sources."""
    for name, tables in project.uv.get("sources", {}).items():
        several = tables if isinstance(tables, list) else [tables]
        yield canonicalize_name(name), [(project.folder, table) for table in several]


def _read_members(root: ProjectFile) -> dict[str, Path]:
    table = root.uv["workspace"]
    excluded = set(_find_folders(root.folder, table.get("exclude", ())))
    folders = _find_folders(root.folder, table.get("members", ()))
    projects = [
        ProjectFile.read(folder / PYPROJECT)
        for folder in [root.folder, *folders]
        if folder not in excluded
    ]
    return {project.name: project.folder for project in projects if project.name}


def _find_folders(folder: Path, patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in patterns:
        # The folder itself is not a pattern for pathlib.
        yield from [folder] if Path(pattern) == Path() else folder.glob(pattern)


def _find_path(line: str, folder: Path) -> Path | None:
    """The path that a requirement names, None if it names a package or an address elsewhere."""
    text = _NAMED.sub("", _EDITABLE.sub("", expand_variables(line, folder).strip(), count=1))
    if text.startswith("-"):
        return None
    if "://" not in text:
        text = text.partition(";")[0].strip()
    text = _AFTER_PATH.sub("", text)
    named = _NAMED.match(_EDITABLE.sub("", line, count=1)) or _EDITABLE.match(line)
    if text.startswith("file:"):
        text = unquote(urlsplit(text).path)
    elif "://" in text or not (named or text.startswith((".", "~")) or "/" in text):
        return None
    text = re.sub(r"\[[^\]]*\]$", "", text)
    return folder / Path(text).expanduser()


def _read_folder(path: Path, line: str) -> LocalProject:
    existing = _existing(path, repr(line))
    if existing.is_file():
        # "one-1.0-py3-none-any.whl", "one-1.0.tar.gz"
        return LocalProject(canonicalize_name(existing.name.split("-")[0]), existing)
    name = ProjectFile.read(existing / PYPROJECT).name
    if name is None:
        raise ValueError(
            f"{line!r} asks for the folder {existing}, which does not tell the name of its "
            "package, expected a pyproject.toml with a [project] table"
        )
    return LocalProject(name, existing)


def _existing(path: Path, what: str) -> Path:
    if not path.exists():
        raise ValueError(f"{what} is at {path}, expected a folder or a file: there is none")
    return path.resolve()
