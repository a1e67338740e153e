"""Which files are an app's sources: what cdk.json includes, without what nobody writes by hand."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from streambda.local.synthesis.settings import Settings

# Hidden files and folders among them, as for `cdk watch`.
NEVER = ("**/.*", "**/node_modules", "cdk.out*", "**/__pycache__", "**/*.pyc", "**/*~")
# `**` is any number of folders, `*` and `?` stay within one; a folder means all that is in it.
GLOB_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
GLOB_MEANINGS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}

VIRTUAL_ENVIRONMENT = "pyvenv.cfg"  # a file that each has
OUTPUTS = (1, 2)  # stdout and stderr


class Sources:
    """Args:
    outputs: The file descriptors that this program prints to.
    written: Files that this program writes, or has written; they need not be there yet.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        outputs: Iterable[int] = OUTPUTS,
        written: Iterable[Path] = (),
    ) -> None:
        self._folder = folder
        self._written = frozenset(os.path.realpath(path) for path in written)
        self._logs = [log for one in outputs if (log := stat_file(one))]
        self._included = compile_globs(settings.include)
        self._excluded = compile_globs((*NEVER, *settings.exclude))

    def is_source(self, path: Path) -> bool:
        """Whether a change of `path` may change the app."""
        name = self.name(path)
        included = self._included.fullmatch(name) and not self._excluded.fullmatch(name)
        return bool(included) and not self._is_own(path)

    def name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def folders(self) -> frozenset[Path]:
        """Every folder that may hold a source, without the thousands of a virtual environment."""
        return frozenset(self._walk())

    def files(self) -> Iterator[Path]:
        for folder in sorted(self.folders()):
            yield from (
                path for path in folder.iterdir() if path.is_file() and self.is_source(path)
            )

    def path(self, name: str) -> Path:
        return self._folder / name

    def _is_own(self, path: Path) -> bool:
        """Whether our own lines go there: each reports a change, and so would cause the next."""
        if self._written and os.path.realpath(path) in self._written:
            return True
        with suppress(OSError):
            return any(os.path.samestat(path.stat(), log) for log in self._logs)
        return False

    def _walk(self) -> Iterator[Path]:
        for at, folders, files in os.walk(self._folder):
            if VIRTUAL_ENVIRONMENT in files:
                folders.clear()
                continue
            here = Path(at)
            yield here
            folders[:] = [
                name for name in folders if not self._excluded.fullmatch(self.name(here / name))
            ]


def stat_file(descriptor: int) -> os.stat_result | None:
    """None for what is not a file, such as a terminal."""
    with suppress(OSError):
        found = os.fstat(descriptor)
        return found if stat.S_ISREG(found.st_mode) else None
    return None


def compile_globs(globs: Iterable[str]) -> re.Pattern[str]:
    """Matches paths that one of `globs` means: relative to the app, with slashes."""
    return re.compile("|".join(f"(?:{_translate(glob)})" for glob in globs) or "(?!)")


def _translate(glob: str) -> str:
    parts = GLOB_PARTS.findall(glob.removeprefix("./").rstrip("/"))
    return "".join(GLOB_MEANINGS.get(part, re.escape(part)) for part in parts) + "(?:/.*)?"
