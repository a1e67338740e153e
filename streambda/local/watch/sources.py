"""Which files make an app: what its cdk.json includes, less what nobody writes by hand."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from streambda.local.synthesis.settings import Settings
from streambda.local.watch.globs import any_of

# Hidden files and folders too, as for `cdk watch`.
NEVER = ("**/.*", "**/node_modules", "cdk.out*", "**/__pycache__", "**/*.pyc", "**/*~")
ENVIRONMENT = "pyvenv.cfg"
OUTPUTS = (1, 2)


class Sources:
    """Args: `outputs` are the descriptors that this program prints to."""

    def __init__(self, folder: Path, settings: Settings, outputs: Iterable[int] = OUTPUTS) -> None:
        self._folder = folder
        self._logs = [log for one in outputs if (log := regular(one))]
        self._included = any_of(settings.include)
        self._excluded = any_of((*NEVER, *settings.exclude))

    def counts(self, path: Path) -> bool:
        """Whether a change of `path` may change the app."""
        name = self.name(path)
        included = self._included.fullmatch(name) and not self._excluded.fullmatch(name)
        return bool(included) and not self._is_log(path)

    def name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def folders(self) -> frozenset[Path]:
        """Every folder that may hold a source, and none of the thousands of an environment."""
        return frozenset(self._walk())

    def files(self) -> Iterator[Path]:
        for folder in sorted(self.folders()):
            yield from (path for path in folder.iterdir() if path.is_file() and self.counts(path))

    def path(self, name: str) -> Path:
        return self._folder / name

    def _is_log(self, path: Path) -> bool:
        """Where our own lines go, who tell of each change: that would never end."""
        with suppress(OSError):
            return any(os.path.samestat(path.stat(), log) for log in self._logs)
        return False

    def _walk(self) -> Iterator[Path]:
        for at, folders, files in os.walk(self._folder):
            if ENVIRONMENT in files:
                folders.clear()
                continue
            here = Path(at)
            yield here
            folders[:] = [
                name for name in folders if not self._excluded.fullmatch(self.name(here / name))
            ]


def regular(descriptor: int) -> os.stat_result | None:
    with suppress(OSError):
        found = os.fstat(descriptor)
        return found if stat.S_ISREG(found.st_mode) else None
    return None
