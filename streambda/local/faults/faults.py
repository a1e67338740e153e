"""Every fault that an endpoint can have, and how a command line names them. No I/O."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from types import MappingProxyType
from typing import Any

from streambda.local.model.errors import LocalCloudError


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of one endpoint; none by default.

    The same `seed` makes the same decisions in the same order of requests.
    """

    reset_after: int | None = None  # bytes of the response's body; then a TCP reset
    slow_reader: int | None = None  # bytes per second that the client seems to take
    throttle: float = 0.0  # the share of requests that is answered with 429
    trailer_loss: bool = False  # an error in mid-stream looks like a proper end
    split_prelude: int | None = None  # the first 16 KiB come in pieces of so many bytes
    gunzip: bool = False  # a function URL unpacks what the function has packed
    clock_skew: float = 0.0  # seconds that Date and the function's deadline are ahead
    seed: int = 0


NO_FAULTS = Faults()

# Names of endpoints, as `cloud.EndpointKind` has them; a fault without one is a fault of every endpoint.
ENDPOINTS = ("lambda-api", "function-url", "rest-api")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _flag(text: str) -> bool:
    if text:
        raise ValueError(text)
    return True


READERS: Mapping[str, tuple[Callable[[str], Any], str]] = MappingProxyType(
    {
        "reset_after": (_whole, "a number of bytes"),
        "slow_reader": (_positive, "a number of bytes per second, from 1"),
        "throttle": (_share, "a share of requests, from 0 to 1"),
        "trailer_loss": (_flag, "no value"),
        "split_prelude": (_positive, "a number of bytes, from 1"),
        "gunzip": (_flag, "no value"),
        "clock_skew": (_seconds, "a number of seconds"),
        "seed": (int, "a whole number"),
    }
)


def read_faults(options: Iterable[str]) -> Mapping[str, Faults]:
    """By endpoint, from [ENDPOINT:]NAME[=VALUE] with hyphens for underscores. Raises `LocalCloudError`."""
    found = dict.fromkeys(ENDPOINTS, NO_FAULTS)
    for option in options:
        first, colon, rest = option.partition(":")
        endpoints, text = ((first,), rest) if colon else (ENDPOINTS, option)
        if endpoints[0] not in ENDPOINTS:
            expected = ", ".join(ENDPOINTS)
            raise LocalCloudError(
                f"--fault {option}: no endpoint {first!r}, expected one of {expected}"
            )
        for endpoint in endpoints:
            found[endpoint] = _changed(found[endpoint], text)
    return found


def _changed(faults: Faults, text: str) -> Faults:
    name, _, value = text.partition("=")
    field = name.replace("-", "_")
    if field not in READERS:
        known = ", ".join(one.name.replace("_", "-") for one in fields(Faults))
        raise LocalCloudError(f"--fault {text}: there is no {name!r}, expected one of {known}")
    read, expected = READERS[field]
    try:
        return replace(faults, **{field: read(value)})
    except ValueError as error:
        message = f"--fault {text}: {value!r} is not what it takes, expected {expected}"
        raise LocalCloudError(message) from error
