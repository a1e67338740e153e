"""Every limit that the endpoints keep, each with its source, and each to be switched off. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from streambda.local.model.errors import LocalCloudError

MIB = 1024 * 1024

OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None switches a limit off. Bytes, bytes per second, and seconds.

    MB are MiB: the emulator that AWS publishes counts 6 * 1024 * 1024 bytes.
    """

    # "Invocation payload (request and response): 6 MB each for synchronous, … 1 MB for
    # asynchronous", Lambda quotas. It is the event that counts, in which bytes may be base64.
    event: int | None = 6 * MIB
    async_event: int | None = 1 * MIB

    # "Payload size: 10 MB", quotas of API Gateway for REST APIs.
    rest_request: int | None = 10 * MIB

    # A buffered response; 100 bytes of envelope, as in the emulator.
    buffered_response: int | None = 6 * MIB + 100

    # The delimiter "must occur within the first 16 KB", API Gateway response streaming.
    prelude: int | None = 16 * 1024

    # "200 MB for streamed responses", Lambda quotas.
    streamed_response: int | None = 200 * MIB

    # "Uncapped for the first 6 MB …, bandwidth of 2 MBps for the rest", Lambda response streaming.
    lambda_burst: int | None = 6 * MIB
    lambda_rate: int | None = 2 * MIB

    # "Requests over the first 10 MB are limited to 2 MB/s", API Gateway response streaming.
    rest_burst: int | None = 10 * MIB
    rest_rate: int | None = 2 * MIB

    # "Idle timeout: 5 minutes for regional and private, 30 seconds for edge-optimized", there too.
    regional_idle: float | None = 300.0
    edge_idle: float | None = 30.0

    # "Timeout: 900 seconds (15 minutes)", Lambda quotas. A method's own TimeoutInMillis, or 29
    # seconds, is a switch of its own.
    invocation: float | None = 900.0
    integration: float | None = 29.0

    # Of usage plans: a number of requests per second, burst and period is in the template.
    usage_plans: int | None = 1

    @classmethod
    def none(cls) -> "Limits":
        return cls(**dict.fromkeys(names()))

    def changed(self, options: Iterable[str]) -> "Limits":
        """With NAME=NUMBER or NAME=off, hyphens for underscores. Raises `LocalCloudError`."""
        values: dict[str, Any] = dict(_option(one) for one in options)
        return replace(self, **values)


def names() -> list[str]:
    return [one.name for one in fields(Limits)]


def _option(text: str) -> tuple[str, float | None]:
    name, _, value = text.partition("=")
    field = name.replace("-", "_")
    if field not in names():
        known = ", ".join(one.replace("_", "-") for one in names())
        raise LocalCloudError(f"--limit {text}: there is no {name!r}, expected one of {known}")
    if value == OFF:
        return field, None
    if not value:
        raise LocalCloudError(f"--limit {text}: expected {name}=NUMBER or {name}={OFF}")
    try:
        number = float(value)
    except ValueError as error:
        message = f"--limit {text}: {value!r} is neither a number nor {OFF!r}"
        raise LocalCloudError(message) from error
    if not 0 < number < float("inf"):
        raise LocalCloudError(f"--limit {text}: {value!r} is not more than 0")
    return field, number if name.endswith(("idle", "invocation", "integration")) else int(number)
