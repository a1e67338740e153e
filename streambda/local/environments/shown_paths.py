"""Paths in what a function prints or reports, in place of those of a temporary folder.

A function's code runs where it has been unpacked or bundled, and its tracebacks name files there.
Whoever reads them in the log wants to open the file that they have written; where that is not
known, the path on Lambda says more than that of a folder that is gone tomorrow. Callers get the
path on Lambda.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.model.constants import OPT, TASK_ROOT

RUNTIME = "/var/runtime"

# Gets the folder with a function's code, and a file's name in it. Gives the path to show, or None.
FindSource = Callable[[Path, str], str | None]

# What Node.js leaves as it is in the URL of a file.
URL_CHARACTERS = "/:@!$&'()*+,;=[]^|~"

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


def list_folders(sandbox: Sandbox, *runtimes: Path) -> Mapping[str, str]:
    """Folders of this machine, however a message spells them, and those that they stand for.

    Args: `runtimes` are in place of /var/runtime. The longest first: one may lie in the other.
    """
    folders = {sandbox.task_root: TASK_ROOT, **dict.fromkeys(runtimes, RUNTIME)}
    if sandbox.opt:
        folders[sandbox.opt] = OPT
    if sandbox.mirror:
        folders[sandbox.mirror] = ""
    spelled = [(one, shown) for folder, shown in folders.items() for one in _spell(folder)]
    return dict(sorted(spelled, key=lambda one: -len(one[0])))


def _spell(folder: Path) -> Iterator[str]:
    """As it is, without symbolic links, and each of them within a URL and within JSON."""
    for path in (str(folder), os.path.realpath(folder)):
        yield from (path, quote(path, safe=URL_CHARACTERS), json.dumps(path)[1:-1])


class LambdasPaths:
    """Changes reports of errors: callers get the paths that there are on Lambda."""

    def __init__(self, folders: Mapping[str, str]) -> None:
        self._folders = [
            (re.compile(rf"{re.escape(folder)}(?![\w.-])"), shown)
            for folder, shown in folders.items()
        ]

    def change(self, report: str) -> str:
        for pattern, shown in self._folders:
            report = pattern.sub(shown, report)
        return report


class ShownPaths:
    """Changes lines of one environment's log. Looks for each source once."""

    def __init__(
        self, folders: Mapping[str, str], find_source: FindSource, task_root: Path
    ) -> None:
        self._find_source = cache(lambda name: find_source(task_root, name))
        self._folders = [(folder, _compile(folder), shown) for folder, shown in folders.items()]

    def change(self, line: str) -> str:
        """`line` with other paths, if it has any of this environment's."""
        for folder, pattern, shown in self._folders:
            if folder in line:
                line = pattern.sub(lambda match: self._show(match, shown), line)  # noqa: B023
        return line

    def _show(self, match: re.Match[str], shown: str) -> str:
        name = match["quoted"] or match["word"] or ""
        source = self._find_source(name) if name and shown == TASK_ROOT else None
        scheme = match["scheme"] or ""
        if source is None:
            return f"{scheme}{shown}/{name}".rstrip("/")
        return scheme + source if source.startswith("/") else source


def _compile(folder: str) -> re.Pattern[str]:
    path = re.escape(folder)
    return re.compile(f"(?P<scheme>file://)?(?:{AFTER_QUOTE}|{WORD})" % (path, path))
