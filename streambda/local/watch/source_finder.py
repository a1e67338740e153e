"""Which source a file of a function's code was copied from: for paths in messages."""

import filecmp
import os
import time
from pathlib import Path

from streambda.local.model.errors import SynthesisError
from streambda.local.synthesis.settings import CDK_JSON, read_settings
from streambda.local.watch.sources import Sources

# How old the list of sources may be when a file is not in it.
LIST_S = 1.0


class SourceFinder:
    """Args: `folder` is the app's. Its files are listed only when a source is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listed_at = float("-inf")
        self._by_name: dict[str, list[Path]] = {}

    def find(self, code: Path, name: str) -> str | None:
        """The path of the source of the file `name` in the folder `code`; None if nobody can tell.

        It is relative to the current folder, if it lies in that.
        """
        candidates = self._list_candidates(name)
        same = [one for one in candidates if is_copy(code / name, one)]
        # If none is the same, it has been edited since: then the only one must be meant.
        found = same or candidates
        return show_path(found[0]) if len(found) == 1 else None

    def _list_candidates(self, name: str) -> list[Path]:
        end = f"/{name}"
        base = name.rpartition("/")[2]
        if base not in self._by_name:
            self._list_sources()
        return [one for one in self._by_name.get(base, ()) if one.as_posix().endswith(end)]

    def _list_sources(self) -> None:
        if time.monotonic() - self._listed_at < LIST_S:
            return
        self._by_name = {}
        try:
            for path in Sources(self._folder, read_settings(self._folder)).files():
                self._by_name.setdefault(path.name, []).append(path)
        except (OSError, SynthesisError):
            pass  # then no path is known, and a message has another
        self._listed_at = time.monotonic()


def is_copy(copy: Path, source: Path) -> bool:
    try:
        return filecmp.cmp(copy, source, shallow=False)
    except OSError:
        return False


def show_path(path: Path) -> str:
    """Relative to the current folder, if it lies in that: editors open both."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)


def find_app_folder(assembly: Path) -> Path | None:
    """The app's folder, if the assembly lies in it, as the CDK's own cdk.out does.

    A template lies beside its code.
    """
    folder = assembly.absolute().parent
    return folder if assembly.is_file() or (folder / CDK_JSON).is_file() else None
