"""Layers of which only the ARN is known: their files are in AWS, so functions run without them."""

from collections.abc import Iterable, Iterator

from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import StartMode, start_mode

MOST_NAMES = 3


def describe_distant_layers(functions: Iterable[LocalFunction]) -> Iterator[str]:
    """One line for each ARN."""
    users: dict[str, list[LocalFunction]] = {}
    for function in functions:
        for arn in function.distant_layers:
            users.setdefault(arn, []).append(function)
    for arn, found in users.items():
        yield _describe(arn, found)


def _describe(arn: str, functions: list[LocalFunction]) -> str:
    names = [function.name for function in functions]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    runs = "runs" if len(names) == 1 else "run"
    line = (
        f"{', '.join(names[:MOST_NAMES])}{more} {runs} without the layer {arn}: its files are in "
        "AWS and not in the assembly"
    )
    # Where another layer is here, that one may be the one with Python.
    if any(start_mode(it) is StartMode.BOOTSTRAP and not it.layers for it in functions):
        line += "; a Python of this machine takes the place of the one that it may bring"
    return line
