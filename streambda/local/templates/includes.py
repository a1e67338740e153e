"""Fn::Transform in a template: AWS::Include of a file is done here, every other macro is a gap.

Macros are functions that CloudFormation calls at deployment. AWS::Include puts a document in the
place of itself, beside what else the object has; it may itself include others.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streambda.local.model.errors import AssemblyError
from streambda.local.templates.budget import Budget
from streambda.local.templates.documents import read_document
from streambda.local.templates.gaps import Gaps
from streambda.local.templates.loops import LOOP, TextOf, expand_loop

MACRO = "Fn::Transform"
INCLUDE = "AWS::Include"
SAM = "AWS::Serverless-2016-10-31"
# SAM is translated; the functions of the other are resolved.
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
KNOWN = frozenset({SAM, LANGUAGE_EXTENSIONS})

ONLY_ON_AWS = "runs only on AWS: it is left out"


def is_remote(address: str) -> bool:
    return address.startswith(("s3://", "https://", "http://"))


class Includes:
    """Args:
    path: The template's file; includes are relative to its folder.
    text: Gives the text of a value.
    budget: What may still come of it.
    """

    def __init__(self, path: Path, gaps: Gaps, text: TextOf, budget: Budget) -> None:
        self._path = path
        self._gaps = gaps
        self._text = text
        self._budget = budget
        self._loops = False  # whether the template may have them

    def expand(self, document: dict[str, Any]) -> dict[str, Any]:
        transforms = list_transforms(document)
        self._loops = LANGUAGE_EXTENSIONS in transforms
        for transform in transforms:
            if isinstance(transform, dict) and transform.get("Name") == INCLUDE:
                document = self._include(transform, ("Transform",), ()) | document
            elif not isinstance(transform, str) or transform not in KNOWN:
                name = transform.get("Name") if isinstance(transform, dict) else transform
                self._gaps.add("Transform", f"the macro {name} {ONLY_ON_AWS}")
        expanded: dict[str, Any] = self._walk(document, (), ())
        return expanded

    def _walk(self, value: Any, at: tuple[str, ...], within: tuple[Path, ...]) -> Any:
        """`within` are the files that are being included. Raises `AssemblyError`."""
        if isinstance(value, list):
            return [self._walk(one, at, within) for one in value]
        if not isinstance(value, dict):
            return value
        found: dict[str, Any] = {}
        for key, one in value.items():
            if key == MACRO:
                found = self._include(one, at, within) | found
            elif key.startswith(f"{LOOP}::"):
                # One after another: a loop within a loop has the same key each time.
                for part in self._expand(one, (*at, key)):
                    found |= self._walk(part, at, within)
            else:
                found[key] = self._walk(one, (*at, key), within)
        return found

    def _expand(self, argument: Any, at: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """The result of a loop; nothing if it has another form. Raises `AssemblyError`."""
        try:
            if not self._loops:
                raise ValueError(f"{LOOP} needs Transform: {LANGUAGE_EXTENSIONS}")
            for part in expand_loop(argument, self._text):
                self._budget.take_values(part)
                yield part
        except ValueError as error:
            self._gaps.add_at(at, f"{error}: it is left out")

    def _include(self, macro: Any, at: tuple[str, ...], within: tuple[Path, ...]) -> dict[str, Any]:
        """What takes the place of the macro; nothing if it is not known here."""
        name = macro.get("Name") if isinstance(macro, dict) else macro
        if not isinstance(macro, dict) or name != INCLUDE:
            self._gaps.add_at(at, f"{MACRO} {name} {ONLY_ON_AWS}")
            return {}
        parameters = macro.get("Parameters")
        location = parameters.get("Location") if isinstance(parameters, dict) else None
        address = self._text(location)
        if not address or is_remote(address):
            self._gaps.add_at(at, f"{INCLUDE} of {address or 'nothing'} {ONLY_ON_AWS}")
            return {}
        try:
            # Without links and "..": one file has many names.
            path = Path(os.path.realpath((within[-1] if within else self._path).parent / address))
            if path in within:
                raise AssemblyError(f"{path} includes itself")
            self._budget.take_file()
            document = read_document(path)
        except (AssemblyError, ValueError) as error:
            self._gaps.add_at(at, f"{INCLUDE}: {error}")
            return {}
        self._budget.take_values(document)
        included: dict[str, Any] = self._walk(document, at, (*within, path))
        return included


def list_transforms(document: dict[str, Any]) -> list[Any]:
    found = document.get("Transform", [])
    return found if isinstance(found, list) else [found]
