"""Context variables of one invocation, where its source runs in another thread or task."""

from __future__ import annotations

from _contextvars import copy_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from typing import Any


class SharedVariables:
    """Context variables that a thread or a task has from the code that waits for it.

    Python enters a context once at a time, so that the two have one each. What one side has changed
    is handed over whenever work is: `lend` before, `take_back` after.
    """

    __slots__ = ("_before", "borrowed")

    def __init__(self) -> None:
        self.borrowed = copy_context()
        self._before = self.borrowed

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Calls a function of the other side, with the variables that were lent."""
        return self.borrowed.run(function, *arguments)

    def lend(self) -> None:
        """Gives the other side what this one has changed since."""
        ours = copy_context()
        self.borrowed.run(_apply_changes, self._before, ours)
        self._before = ours

    def take_back(self) -> None:
        """Takes what the other side has changed since."""
        theirs = self.borrowed.copy()
        _apply_changes(self._before, theirs)
        self._before = copy_context()


def _apply_changes(before: Context, after: Context) -> None:
    for variable, value in after.items():
        if variable not in before or before[variable] is not value:
            variable.set(value)
