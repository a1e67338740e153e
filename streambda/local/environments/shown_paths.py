"""Paths in what a function prints: those of its sources, in place of a temporary folder's. No I/O.

A function's code runs where it has been unpacked or bundled, and its tracebacks name files there.
Whoever reads them wants to open the file that they have written; where that is not known, the path
on Lambda says more than that of a folder that is gone tomorrow.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from streambda.local.environments.sandbox_files import Sandbox

TASK_ROOT = "/var/task"
OPT = "/opt"
RUNTIME = "/var/runtime"

# Gets the folder with a function's code, and a file's name in it. Gives the path to show, or None.
FindSource = Callable[[Path, str], str | None]

# What comes after a folder: all up to a quote or colon if a quote stands before it, else one word.
AFTER_QUOTE = r"(?<=[\"'])%s/(?P<quoted>[^\"'\n\\:]+)(?=[\\]?[\"':])"
WORD = r"%s(?:/(?P<word>[^\s\"',:;()<>\\]*))?(?![\w.-])"


def no_source(folder: Path, name: str) -> str | None:
    return None


def find_source_root(handler: str, task_root: Path, find_source: FindSource) -> Path | None:
    """The folder of the developer's that the handler's file is in as it is in `task_root`."""
    module = handler.rpartition(".")[0].replace(".", "/")
    for name in (f"{module}.py", f"{module}/__init__.py"):
        source = find_source(task_root, name) if (task_root / name).is_file() else None
        if source and Path(source).as_posix().endswith(name):
            return Path(Path(source).absolute().as_posix().removesuffix(name))
    return None


class ShownPaths:
    """Changes lines of one environment. Looks for each source once."""

    def __init__(
        self, sandbox: Sandbox, find_source: FindSource, runtime: Path | None = None
    ) -> None:
        """Args: `runtime` is a folder in place of /var/runtime."""
        root = sandbox.task_root
        self._find_source = cache(lambda name: find_source(root, name))
        # The longest first: one folder may lie in the other.
        folders = [(str(root), self._name_of_code)]
        if sandbox.opt:
            folders.append((str(sandbox.opt), lambda name: f"{OPT}/{name}".rstrip("/")))
        if runtime:
            folders.append((str(runtime), lambda name: f"{RUNTIME}/{name}".rstrip("/")))
        self._folders = [
            (folder, _compile(folder), show)
            for folder, show in sorted(folders, key=lambda one: -len(one[0]))
        ]

    def change(self, line: str) -> str:
        """`line` with other paths, if it has any of this environment's."""
        for folder, pattern, show in self._folders:
            if folder in line:
                line = pattern.sub(lambda match: _show(match, show), line)  # noqa: B023
        return line

    def _name_of_code(self, name: str) -> str:
        source = self._find_source(name) if name else None
        return source or f"{TASK_ROOT}/{name}".rstrip("/")


def _compile(folder: str) -> re.Pattern[str]:
    path = re.escape(folder).replace("%", "%%")
    return re.compile(f"{AFTER_QUOTE}|{WORD}" % (path, path))


def _show(match: re.Match[str], show: Callable[[str], str]) -> str:
    return show(match["quoted"] or match["word"] or "")
