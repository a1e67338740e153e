"""AWS's service models, as botocore ships them, and where this repository states what they say."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import Loader

ROOT = Path(__file__).parents[2]

Model = Any  # a service model: "shapes", "operations" and their documentation


@cache
def read_model(service: str) -> Model:
    return Loader().load_service_model(service, "service-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a line of this repository states, and what the service model of `service` says.

    `line` is how that line begins, `file` is where it is. `theirs` reads a model.
    """

    what: str
    service: str
    file: str
    line: str
    ours: object
    theirs: Callable[[Model], object]

    @property
    def place(self) -> str:
        """ "file:number" of the line to change."""
        lines = (ROOT / self.file).read_text("utf-8").split("\n")
        found = [number for number, one in enumerate(lines, 1) if one.strip().startswith(self.line)]
        assert len(found) == 1, f"{self.file}: {len(found)} lines begin with {self.line!r}"
        return f"{self.file}:{found[0]}"

    def find_difference(self, model: Model) -> str | None:
        """None, or what has moved and the line that must follow it."""
        theirs = self.theirs(model)
        if theirs == self.ours:
            return None
        said = f"botocore {botocore.__version__} says {show(theirs)}"
        return f"{self.place}: {self.what} is {show(self.ours)} here, but {said}"


def show(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else repr(value)


def enum_of(shape: str) -> Callable[[Model], frozenset[str]]:
    return lambda model: frozenset(model["shapes"][shape]["enum"])


def bound_of(shape: str, bound: str) -> Callable[[Model], object]:
    """`bound` is "min", "max" or "pattern"."""
    return lambda model: model["shapes"][shape].get(bound)


def status_of(exception: str) -> Callable[[Model], object]:
    return lambda model: model["shapes"][exception]["error"]["httpStatusCode"]


def number_in(shape: str, member: str | None, pattern: str) -> Callable[[Model], object]:
    """From the documentation of a member, or of a shape: the one group of `pattern`, as a number.

    The text itself where no such sentence is in it, so that a failing test shows it.
    """

    def read(model: Model) -> object:
        described = model["shapes"][shape]
        text = (described["members"][member] if member else described)["documentation"]
        plain = re.sub(r"<[^>]+>|\s+", " ", text)
        found = re.search(pattern, re.sub(r" +", " ", plain))
        return int(found[1].replace(",", "")) if found else plain

    return read
