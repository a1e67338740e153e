"""Every fault that an endpoint can have: its value, how its option is read, where its effect is.

A new fault is a line in `Faults` and an effect in the file that its comment names. No I/O.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from typing import Any

from streambda.local.model.endpoints import EndpointKind
from streambda.local.model.errors import LocalCloudError


def _read_flag(text: str) -> bool:
    if text:
        raise ValueError(text)
    return True


def _read_count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _read_positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _read_share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError(text)
    return number


def _read_seconds(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _option(default: Any, read: Callable[[str], Any], expected: str) -> Any:
    """A fault that `read` reads from the VALUE of `--fault NAME=VALUE`, or raises `ValueError`."""
    return field(default=default, metadata={"read": read, "expected": expected})


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of one endpoint; none by default.

    The same `seed` makes the same decisions in the same order of requests.
    """

    # Bytes of the response's body; then a TCP reset: faulty_endpoint.FaultySend.
    reset_after: int | None = _option(None, _read_count, "a number of bytes")

    # Bytes per second that the client seems to read: faulty_endpoint.FaultySend.
    slow_reader: int | None = _option(None, _read_positive, "a number of bytes per second, from 1")

    # The share of requests that is answered with 429: effects.Throttle.
    throttle: float = _option(0.0, _read_share, "a share of requests, from 0 to 1")

    # An error in mid-stream looks like a proper end: effects.Distortion.
    trailer_loss: bool = _option(False, _read_flag, "no value")

    # The first 16 KiB come in pieces of so many bytes: effects.Distortion.
    split_prelude: int | None = _option(None, _read_positive, "a number of bytes, from 1")

    # A function URL unpacks what the function has packed with gzip: effects.Gunzip.
    gunzip: bool = _option(False, _read_flag, "no value")

    # Seconds that the function's deadline and the Date header are ahead: effects.Distortion and
    # faulty_endpoint.FaultySend.
    clock_skew: float = _option(0.0, _read_seconds, "a number of seconds")

    # Of the random decisions: effects.Throttle.
    seed: int = _option(0, int, "a whole number")

    @property
    def any(self) -> bool:
        """Whether there is one. Each request asks, and mostly there is nothing to compare."""
        return self is not NO_FAULTS and self != NO_FAULTS


NO_FAULTS = Faults()

FIELDS = {one.name: one for one in fields(Faults)}


def read_faults(options: Iterable[str]) -> Mapping[str, Faults]:
    """By endpoint, from [ENDPOINT:]NAME[=VALUE] with hyphens for underscores; without an ENDPOINT
    for every endpoint. Raises `LocalCloudError`."""
    faults: dict[str, Faults] = dict.fromkeys(EndpointKind, NO_FAULTS)
    for option in options:
        name, colon, rest = option.partition(":")
        endpoints, text = ([name], rest) if colon else (list(EndpointKind), option)
        if endpoints[0] not in faults:
            expected = ", ".join(EndpointKind)
            message = f"--fault {option}: unknown endpoint {name!r}, expected one of {expected}"
            raise LocalCloudError(message)
        for endpoint in endpoints:
            faults[endpoint] = _add_fault(faults[endpoint], text)
    return faults


def _add_fault(faults: Faults, text: str) -> Faults:
    option, _, value = text.partition("=")
    name = option.replace("-", "_")
    if name not in FIELDS:
        known = ", ".join(one.replace("_", "-") for one in FIELDS)
        raise LocalCloudError(f"--fault {text}: unknown fault {option!r}, expected one of {known}")
    metadata = FIELDS[name].metadata
    try:
        return replace(faults, **{name: metadata["read"](value)})
    except ValueError as error:
        message = f"--fault {text}: {value!r} is not valid, expected {metadata['expected']}"
        raise LocalCloudError(message) from error
