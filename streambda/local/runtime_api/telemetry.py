"""The Telemetry API and the older Logs API: extensions that subscribe get what happens as events.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html and
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html. What happened before an
extension subscribed in the init phase is sent to it too.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from streambda.local.runtime_api.errors import RuntimeApiError
from streambda.local.runtime_api.telemetry_delivery import (
    Buffering,
    Delivery,
    Destination,
    Loss,
)

Event = Mapping[str, Any]

CATEGORIES = ("platform", "function", "extension")
# Each environment has this name on Lambda; here it is loopback, by whichever name.
HOSTS = frozenset({"sandbox", "sandbox.localdomain", "localhost", "127.0.0.1", "0.0.0.0"})


@dataclass(frozen=True, slots=True)
class Api:
    """Args: `left_out` are types of events that it does not have, `default_version` is that of a
    subscription that names none: None if it must."""

    name: str
    schema_versions: frozenset[str]
    default_version: str | None
    subscription: str
    left_out: frozenset[str]


# "platform.runtimeDone is supported from 2021-03-18 on", Using the Lambda Logs API.
LEFT_OUT_OF_VERSION: Mapping[str, frozenset[str]] = {
    "2020-08-15": frozenset({"platform.runtimeDone"}),
}

# By path, without the host; some documents end it with a slash.
APIS: Mapping[str, Api] = {
    "/2022-07-01/telemetry": Api(
        "Telemetry API",
        frozenset({"2022-07-01", "2022-12-13", "2025-01-29"}),
        None,
        "platform.telemetrySubscription",
        frozenset({"platform.end", "platform.logsSubscription"}),
    ),
    "/2020-08-15/logs": Api(
        "Logs API",
        frozenset({"2020-08-15", "2021-03-18"}),
        "2020-08-15",
        "platform.logsSubscription",
        frozenset(
            {
                "platform.initStart",
                "platform.initRuntimeDone",
                "platform.initReport",
                "platform.telemetrySubscription",
            }
        ),
    ),
}

# What an extension that subscribes late gets of what was before: a printing function is not a heap.
MOST_EARLY_EVENTS = 10_000

LAST_PORT = 65_535

# "Buffering" in the reference of the Telemetry API: smallest, default and largest value.
ITEMS = (1000, 10_000, 10_000)
BYTES = (262_144, 262_144, 1_048_576)
TIMEOUT_MS = (25, 1000, 30_000)


@dataclass(slots=True)
class Subscription:
    types: frozenset[str]
    left_out: frozenset[str]
    delivery: Delivery

    def wants(self, kind: str) -> bool:
        return kind.partition(".")[0] in self.types and kind not in self.left_out


class Telemetry:
    """The subscriptions of one environment's extensions."""

    def __init__(self) -> None:
        self._by_name: dict[str, Subscription] = {}
        self._apis: dict[str, Api] = {}  # that each extension has chosen
        # What happened so far, while the init phase lasts.
        self._early: deque[Event] | None = deque(maxlen=MOST_EARLY_EVENTS)

    @property
    def is_wanted(self) -> bool:
        """Whether somebody listens, or may yet."""
        return self._early is not None or bool(self._by_name)

    def subscribe(self, extension: str, api: Api, body: bytes) -> None:
        """In place of an earlier subscription of the same extension. Raises `RuntimeApiError`."""
        if self._early is None:
            message = f"{api.name} subscription is closed already"
            # The types are those of AWS's emulator: Telemetry. and Logs.SubscriptionClosed.
            raise RuntimeApiError(403, f"{api.name.split()[0]}.SubscriptionClosed", message)
        request = read_request(body, api)
        if (chosen := self._apis.get(extension, api)) is not api:
            raise refuse(f"{extension} has subscribed to the {chosen.name} already")
        types = frozenset(request["types"])
        delivery = Delivery(
            read_destination(request),
            read_buffering(request),
            make_loss_event if "platform" in types else None,
        )
        if before := self._by_name.pop(extension, None):
            before.delivery.close()
        self._apis[extension] = api
        left_out = api.left_out | LEFT_OUT_OF_VERSION.get(request["schemaVersion"], frozenset())
        subscription = Subscription(types, left_out, delivery)
        self._by_name[extension] = subscription
        for event in self._early:
            send_event(subscription, event)
        record = {"name": extension, "state": "Subscribed", "types": sorted(types)}
        self.publish(api.subscription, record)

    def close_subscription(self) -> None:
        """The init phase is over."""
        self._early = None

    def publish(self, kind: str, record: Any) -> None:
        """`kind` is such as "function" or "platform.start"."""
        if not self.is_wanted:
            return
        self.publish_event(make_event(kind, record))

    def publish_event(self, event: Event) -> None:
        if self._early is not None:
            self._early.append(event)
        for subscription in self._by_name.values():
            send_event(subscription, event)

    async def flush(self) -> None:
        """Sends all that waits in buffers; a subscriber that is slow may lose some."""
        flushes = [one.delivery.flush() for one in self._by_name.values()]
        await asyncio.gather(*flushes)

    def close(self) -> None:
        for subscription in self._by_name.values():
            subscription.delivery.close()
        self._by_name.clear()
        self._early = None


def send_event(subscription: Subscription, event: Event) -> None:
    if subscription.wants(event["type"]):
        subscription.delivery.add(event)


def make_event(kind: str, record: Any) -> Event:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"time": time, "type": kind, "record": record}


def make_loss_event(loss: Loss) -> Event:
    record = {
        "reason": loss.reason,
        "droppedRecords": loss.records,
        "droppedBytes": loss.size,
    }
    return make_event("platform.logsDropped", record)


def read_request(body: bytes, api: Api) -> Mapping[str, Any]:
    try:
        request = json.loads(body)
    except (RecursionError, ValueError) as error:
        raise refuse(f"the body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise refuse("the body is not a JSON object")
    request.setdefault("schemaVersion", api.default_version)
    if str(version := request["schemaVersion"]) not in api.schema_versions:
        raise refuse(f"schemaVersion is {version!r}, expected {_one_of(api.schema_versions)}")
    types = request.get("types")
    if not isinstance(types, list) or not types or not set(map(str, types)) <= set(CATEGORIES):
        raise refuse(f"types is {types!r}, expected a list of {', '.join(CATEGORIES)}")
    return request


def read_destination(request: Mapping[str, Any]) -> Destination:
    given = request.get("destination")
    destination = given if isinstance(given, dict) else {}
    protocol = destination.get("protocol")
    uri = str(destination.get("URI") or "")
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if protocol == "TCP":
        port = destination.get("port") or port
        if not isinstance(port, int) or not 1 <= port <= LAST_PORT:
            raise refuse(f"destination.port is {port!r}, expected a number up to {LAST_PORT}")
        return Destination(port=port)
    if protocol != "HTTP":
        raise refuse(f"destination.protocol is {protocol!r}, expected HTTP or TCP")
    if host not in HOSTS:
        raise refuse(f"destination.URI is {uri!r}, expected http://sandbox.localdomain:PORT")
    method = str(destination.get("method") or "POST")
    if method not in {"POST", "PUT"}:
        raise refuse(f"destination.method is {method!r}, expected POST or PUT")
    # As text of a request line: nothing in it begins another line, or has no encoding.
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~", errors="replace") or "/"
    return Destination(port=port or 80, host=host or "", path=path, method=method)


def read_buffering(request: Mapping[str, Any]) -> Buffering:
    given = request.get("buffering")
    buffering = given if isinstance(given, dict) else {}

    def read(name: str, limits: tuple[int, int, int]) -> int:
        least, default, most = limits
        value = buffering.get(name, default)
        if not isinstance(value, int) or not least <= value <= most:
            raise refuse(f"buffering.{name} is {value!r}, expected {least} to {most}")
        return value

    return Buffering(
        items=read("maxItems", ITEMS),
        bytes=read("maxBytes", BYTES),
        timeout_s=read("timeoutMs", TIMEOUT_MS) / 1000,
    )


def _one_of(values: Iterable[str]) -> str:
    return " or ".join(sorted(values))


def refuse(message: str) -> RuntimeApiError:
    return RuntimeApiError(400, "ValidationError", message)
