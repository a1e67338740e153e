"""uv's own settings that change what is installed: variables and configuration files.

https://docs.astral.sh/uv/concepts/configuration-files/ says which files are read, and
https://docs.astral.sh/uv/reference/environment/ which variables.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from streambda.bundle.project_file import PYPROJECT, ProjectFile, read_toml
from streambda.bundle.requirement_lines import digest_folder, strip_credentials

# They choose packages, or the index that is asked.
VARIABLES = (
    "UV_DEFAULT_INDEX", "UV_EXCLUDE_NEWER", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS",
    "UV_FORK_STRATEGY", "UV_INDEX", "UV_INDEX_STRATEGY", "UV_INDEX_URL", "UV_NO_INDEX",
    "UV_NO_SOURCES", "UV_PRERELEASE", "UV_RESOLUTION", "UV_TORCH_BACKEND",
)  # fmt: skip
# They name files whose content does.
FILE_VARIABLES = ("UV_BUILD_CONSTRAINT", "UV_CONSTRAINT", "UV_EXCLUDE", "UV_OVERRIDE")

_UV_TOML = "uv.toml"
# In [tool.uv], about the project itself or about other commands than an install.
_NOT_SETTINGS = (
    "build-backend", "cache-dir", "cache-keys", "conflicts", "default-groups", "dependency-groups",
    "dev-dependencies", "environments", "link-mode", "managed", "package", "preview",
    "python-downloads", "python-preference", "required-environments", "required-version",
    "sources", "workspace",
)  # fmt: skip
_FALSE = ("", "0", "false", "no", "off")


def digest_settings(folder: Path) -> str:
    """Depends on the settings that count for a project in `folder`; empty if there are none."""
    found = [one for one in (*_read_variables(folder), *_read_files(folder)) if one]
    if not found:
        return ""
    return sha256(strip_credentials("\n".join(found)).encode()).hexdigest()[:16]


def _read_variables(folder: Path) -> Iterator[str]:
    for name in VARIABLES:
        if value := os.environ.get(name):
            yield f"{name}={value}"
    for link in re.split(r"[\s,]+", os.environ.get("UV_FIND_LINKS", "")):
        if link:
            yield digest_folder(folder / link.removeprefix("file://")).hex()
    for name in FILE_VARIABLES:
        for file in os.environ.get(name, "").split():
            yield f"{name}={_read_text(folder / file)}"


def _read_files(folder: Path) -> Iterator[str]:
    if os.environ.get("UV_NO_CONFIG", "").lower() not in _FALSE:
        return
    if chosen := os.environ.get("UV_CONFIG_FILE"):
        yield _dump(read_toml(folder / chosen), folder)
        return
    yield _read_project_settings(folder)
    for file in _personal_files():
        if file.is_file():
            yield _dump(read_toml(file), file.parent)


def _read_project_settings(folder: Path) -> str:
    for parent in (folder, *folder.parents):
        if (parent / _UV_TOML).is_file():
            return _dump(read_toml(parent / _UV_TOML), parent)
        table = ProjectFile.read(parent / PYPROJECT).uv
        # uv starts at the root of a workspace; a member has a table as well, for its sources.
        if any(name not in _NOT_SETTINGS for name in table) or "workspace" in table:
            return _dump(dict(table), parent)
    return ""


def _personal_files() -> Iterator[Path]:
    if sys.platform == "win32":
        for name in ("APPDATA", "PROGRAMDATA"):
            if folder := os.environ.get(name):
                yield Path(folder, "uv", _UV_TOML)
        return
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    yield Path(home, "uv", _UV_TOML)
    for system in [*os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":"), "/etc"]:
        if (file := Path(system, "uv", _UV_TOML)).is_file():
            yield file
            return


def _dump(settings: dict[str, Any], folder: Path) -> str:
    counting = {name: settings[name] for name in settings if name not in _NOT_SETTINGS}
    links = [*counting.get("find-links", ()), *counting.get("pip", {}).get("find-links", ())]
    folders = [digest_folder(folder / link.removeprefix("file://")).hex() for link in links]
    return json.dumps([counting, folders], sort_keys=True, default=str) if counting else ""


def _read_text(file: Path) -> str:
    return file.read_text("utf-8") if file.is_file() else str(file)
