"""Every limit that the endpoints keep: its number, its source, and how it is changed. No I/O.

A new limit is a field of `Limits`, which `--limit` then knows, and a check where it holds: a
request's in `http/request.py` or an endpoint, one response's by way of `ResponseLimits`. No file of
the endpoints states one of these numbers again.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from streambda.local.model.constants import UNZIPPED_BYTES
from streambda.local.model.errors import LocalCloudError

MIB = 1024 * 1024

# The delimiter "must occur within the first 16 KB", API Gateway response streaming. For function
# URLs no limit is documented; the same one is used.
PRELUDE_BYTES = 16 * 1024

OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None switches a limit off. Bytes, bytes per second, and seconds (those that are float).

    MB are MiB: the emulator that AWS publishes counts 6 * 1024 * 1024 bytes.
    """

    # "Invocation payload (request and response): 6 MB each for synchronous, … 1 MB for
    # asynchronous", Lambda quotas. It is the event that counts, in which bytes may be base64.
    event: int | None = 6 * MIB
    async_event: int | None = 1 * MIB

    # "Payload size: 10 MB", quotas of API Gateway for REST APIs.
    rest_request: int | None = 10 * MIB

    # The same payload, of a response that a URL has given and that is not streamed.
    rest_response: int | None = 10 * MIB

    # A function's buffered response; 100 bytes of envelope, as in the emulator.
    buffered_response: int | None = 6 * MIB + 100

    # A streamed response's metadata and its delimiter, also where the response is then buffered.
    prelude: int | None = PRELUDE_BYTES

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

    # "The maximum allowed value is 1,800 seconds", CreateFunction; 900 before November 2026.
    invocation: float | None = 1_800.0

    # "Timeout: 15 minutes", API Gateway response streaming: a stream that a REST API passes on.
    rest_stream: float | None = 900.0

    # Of a method without a TimeoutInMillis. Off, no TimeoutInMillis counts, but `rest_stream` and
    # `invocation` do.
    integration: float | None = 29.0

    # Of code and layers together.
    unzipped: int | None = UNZIPPED_BYTES

    # Whether usage plans limit anything: their numbers are in the template.
    usage_plans: int | None = 1

    # In place of functions' own `Timeout`; None is each function's own, and infinity is off. So
    # the time-outs stay where all limits are switched off: else what hangs would do so for ever.
    timeout: float | None = None

    @classmethod
    def none(cls) -> "Limits":
        return cls(**dict.fromkeys(NAMES))

    def change(self, options: Iterable[str]) -> "Limits":
        """With NAME=NUMBER or NAME=off, hyphens for underscores. Raises `LocalCloudError`."""
        values: dict[str, Any] = dict(_parse(one) for one in options)
        return replace(self, **values)


NAMES = tuple(one.name for one in fields(Limits))
IN_SECONDS = frozenset(one.name for one in fields(Limits) if one.type == float | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLimits:
    """Those of `Limits` that hold for one response."""

    burst: float = 0
    rate: float | None = None
    max_bytes: int | None = None
    idle_s: float | None = None
    total_s: float | None = None

    @classmethod
    def of_lambda(cls, limits: Limits, *, untimed: bool = False) -> "ResponseLimits":
        """`untimed`: it may take as long as it takes."""
        return cls(
            burst=limits.lambda_burst or 0,
            rate=limits.lambda_rate,
            max_bytes=limits.streamed_response,
            total_s=None if untimed else limits.invocation,
        )

    @classmethod
    def of_rest_api(
        cls,
        limits: Limits,
        *,
        edge: bool,
        streaming: bool,
        timeout_s: float | None,
        untimed: bool = False,
    ) -> "ResponseLimits":
        """`timeout_s` is the method's own; None is the service's default."""
        own_s = limits.integration if timeout_s is None else timeout_s
        times = (
            None if limits.integration is None else own_s,
            limits.rest_stream if streaming else None,
            limits.invocation,
        )
        return cls(
            burst=limits.rest_burst or 0,
            rate=limits.rest_rate,
            max_bytes=limits.streamed_response,
            idle_s=None if untimed else limits.edge_idle if edge else limits.regional_idle,
            total_s=None
            if untimed
            else min((one for one in times if one is not None), default=None),
        )


def _parse(option: str) -> tuple[str, float | None]:
    name, _, value = option.partition("=")
    field = name.replace("-", "_")
    if field not in NAMES:
        known = ", ".join(one.replace("_", "-") for one in NAMES)
        raise LocalCloudError(f"--limit {option}: unknown limit {name!r}, expected one of {known}")
    if value == OFF:
        return field, math.inf if field == "timeout" else None
    if not value:
        raise LocalCloudError(f"--limit {option}: expected {name}=NUMBER or {name}={OFF}")
    try:
        number = float(value)
    except ValueError as error:
        message = f"--limit {option}: {value!r} is neither a number nor {OFF!r}"
        raise LocalCloudError(message) from error
    if not 0 < number < float("inf"):
        raise LocalCloudError(f"--limit {option}: {value!r} is not a number above 0")
    return field, number if field in IN_SECONDS else int(number)
