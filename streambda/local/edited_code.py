"""Code that is edited while a cloud runs: what functions got of it, and what was tried in vain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from streambda.local.model.changes import FunctionChanges
from streambda.local.model.functions import LocalFunction


class EditedCode:
    """Who never edits does not load what compares sources."""

    def __init__(self) -> None:
        self._folders: set[Path] = set()
        # What was tried last in vain, until the update that follows it.
        self._broken: FunctionChanges | None = None
        self._broken_code: dict[str, LocalFunction] = {}

    def replace(
        self, functions: Iterable[LocalFunction], folders: Mapping[Path, Path]
    ) -> list[LocalFunction]:
        """`functions`, those whose code is one of `folders` with the folder that it maps to."""
        self._folders |= set(folders.values())
        return [
            replace(one, code=folders.get(one.code, one.code)) if one.code else one
            for one in functions
        ]

    def remember(self, functions: Iterable[LocalFunction], changes: FunctionChanges) -> None:
        """Args: `changes` is what came of `functions`."""
        self._broken = changes if changes.broken else None
        self._broken_code = {one.name: one for one in functions if one.name in changes.broken}

    def keep(
        self, new: Sequence[LocalFunction], current: Sequence[LocalFunction]
    ) -> list[LocalFunction]:
        """`new` of an assembly, with replaced code where that is the same. Reads files."""
        from streambda.local.watch.source_copies import keep_edited_code

        return keep_edited_code(new, current, self._folders)

    def find_broken(self, functions: Iterable[LocalFunction]) -> FunctionChanges | None:
        """What was tried in vain, if that is one of `functions`: it need not be tried again.

        That counts for one update, since what fails may depend on more than the code. Reads files.
        """
        broken, tried = self._broken, self._broken_code
        self._broken, self._broken_code = None, {}
        if broken and any(_is_same(one, tried.get(one.name)) for one in functions):
            return replace(broken, known=True)
        return None


def _is_same(function: LocalFunction, other: LocalFunction | None) -> bool:
    if other is None or not function.code or not other.code:
        return False
    if replace(function, code=None) != replace(other, code=None):
        return False
    from streambda.local.watch.source_copies import have_same_code

    return have_same_code(function.code, other.code)
