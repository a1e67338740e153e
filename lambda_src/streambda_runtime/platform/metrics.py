"""One line of metrics for each invocation, which CloudWatch reads from the log.

Switched on by `STREAMBDA_METRICS`, whose value is the metrics' namespace; not imported otherwise.
The embedded metric format (EMF), its names and limits:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import sys
import time

from ..exchange import COMPLETE
from ..json_codec import dumps_ascii
from ..logs import log, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..invocation import Context

VARIABLE = "STREAMBDA_METRICS"
# Up to here a response is sent as fast as it is read; beyond, at 2 MB/s, and it is charged for.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
FAST_BYTES = 6 * 1024 * 1024
_NAMESPACE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/#: ")
_UNITS = {
    "TimeToFirstByte": "Milliseconds",
    "Duration": "Milliseconds",
    "Chunks": "Count",
    "Bytes": "Bytes",
    "BytesPast6MB": "Bytes",
    "CutStreams": "Count",
    "ColdStart": "Count",
}


def make_metrics(environ: Mapping[str, str]) -> Metrics | None:
    """The metrics that the environment asks for; a namespace that CloudWatch refuses is said."""
    namespace = environ.get(VARIABLE, "").strip()
    if len(namespace) <= 255 and _NAMESPACE.issuperset(namespace):
        return Metrics(namespace) if namespace else None
    log(f"{VARIABLE} is {namespace!r}, expected at most 255 of A-Z a-z 0-9 . - _ / # : and space")
    return None


class Metrics:
    """What the meters of one execution environment have in common."""

    __slots__ = ("_clock", "_cold_start", "namespace")

    def __init__(self, namespace: str, clock: Callable[[], float] = time.perf_counter) -> None:
        self.namespace = namespace
        self._clock = clock
        self._cold_start = True

    def meter(self, context: Context) -> Meter:
        """The meter of an invocation, which starts now."""
        cold_start, self._cold_start = self._cold_start, False
        return Meter(self.namespace, context, cold_start, self._clock)


class Meter:
    """Observes one response: `count` for each write, then `end` once."""

    __slots__ = (
        "_bytes", "_chunks", "_clock", "_cold_start", "_context", "_first", "_namespace",
        "_started",
    )  # fmt: skip

    def __init__(
        self, namespace: str, context: Context, cold_start: bool, clock: Callable[[], float]
    ) -> None:
        self._namespace = namespace
        self._context = context
        self._cold_start = cold_start
        self._clock = clock
        self._started = clock()
        self._first: float | None = None
        self._chunks = 0
        self._bytes = 0

    def count(self, byte_count: int) -> None:
        """A chunk has left."""
        if byte_count:
            if self._first is None:
                self._first = self._clock()
            self._chunks += 1
            self._bytes += byte_count

    def end(self, how: str) -> None:
        """Writes the line; `how` is one of the four outcomes in exchange.py."""
        document = self._document(how, int(time.time() * 1000))
        write(dumps_ascii(document).decode("ascii"), sys.stdout)

    def _document(self, how: str, now_ms: int) -> dict[str, object]:
        values = self._values(how)
        directive = {
            "Namespace": self._namespace,
            "Dimensions": [["FunctionName"]],
            "Metrics": [{"Name": name, "Unit": _UNITS[name]} for name in values],
        }
        return {
            "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive]},
            # A dimension may not be empty; outside of Lambda the function may have no name.
            "FunctionName": self._context.function_name or "unknown",
            "RequestId": self._context.aws_request_id,
            **values,
            "Ended": how,
        }

    def _values(self, how: str) -> dict[str, float]:
        values: dict[str, float] = {}
        if self._first is not None:  # a metric that was not measured has to be left out
            values["TimeToFirstByte"] = self._milliseconds(self._first)
        return values | {
            "Duration": self._milliseconds(self._clock()),
            "Chunks": self._chunks,
            "Bytes": self._bytes,
            "BytesPast6MB": max(0, self._bytes - FAST_BYTES),
            # An error before the first byte is none: the caller got a status that tells.
            "CutStreams": int(how != COMPLETE and self._first is not None),
            "ColdStart": int(self._cold_start),
        }

    def _milliseconds(self, moment: float) -> float:
        return round((moment - self._started) * 1000, 3)
