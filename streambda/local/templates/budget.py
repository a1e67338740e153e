"""How much one template may become. No I/O.

Aliases, includes, loops and nested stacks multiply: a few lines of a template that somebody has
downloaded would else fill this machine ("billion laughs"). None of the limits is AWS's, whose own
are lower.
"""

from typing import Any

from streambda.local.model.errors import AssemblyError

# Of a template with all that it includes: one of 1 MB, as CloudFormation takes it, has 50,000.
MOST_VALUES = 1_000_000
MOST_FILES = 1000


class Budget:
    """What is left while a template, its includes and its nested stacks are read."""

    def __init__(self, values: int = MOST_VALUES, files: int = MOST_FILES) -> None:
        self._values = self._values_left = values
        self._files = self._files_left = files

    def take_values(self, document: Any) -> None:
        """Counts what is in `document`, aliases each time. Raises `AssemblyError`."""
        stack = [document]
        while stack:
            one = stack.pop()
            self._values_left -= 1
            if self._values_left < 0:
                raise AssemblyError(f"it has more than {self._values} values")
            if isinstance(one, dict):
                stack += one.values()
            elif isinstance(one, list):
                stack += one

    def take_file(self) -> None:
        """Counts one that is included or nested, each time. Raises `AssemblyError`."""
        self._files_left -= 1
        if self._files_left < 0:
            raise AssemblyError(
                f"the template has more than {self._files} files with what it includes"
            )
