"""Throttles of a stage: which of several counts, and that each method has its own bucket."""

import pytest

from streambda.local.assembly.rest_api_access import read_method_throttles
from streambda.local.endpoints.rest_api.gateway_errors import GatewayRefusal
from streambda.local.endpoints.rest_api.method_throttles import MethodThrottles, find_throttle
from streambda.local.model.rest_api_access import MethodThrottle, Throttle
from streambda.local.model.rest_apis import Route, Stage, UnservedIntegration

NO_INTEGRATION = UnservedIntegration(reason="")


def throttle(method: str, path: str, burst: int) -> MethodThrottle:
    return MethodThrottle(method=method, path=path, throttle=Throttle(rate_per_s=1, burst=burst))


def route(method: str, path: str) -> Route:
    return Route(method=method, path=path, resource_id="r", integration=NO_INTEGRATION)


THROTTLES = (throttle("*", "/*", 1), throttle("*", "/a", 2), throttle("GET", "/a", 3))


def test_the_nearest_counts() -> None:
    found = {
        f"{method} {path}": find_throttle(THROTTLES, route(method, path))
        for method, path in (("GET", "/a"), ("PUT", "/a"), ("GET", "/b"))
    }

    assert {name: one and one.burst for name, one in found.items()} == {
        "GET /a": 3,
        "PUT /a": 2,
        "GET /b": 1,
    }
    assert find_throttle((), route("GET", "/a")) is None


def test_buckets_fill_again() -> None:
    now = [0.0]
    stage = Stage(name="prod", variables={}, throttles=THROTTLES)
    throttles = MethodThrottles([stage], lambda: now[0])

    throttles.count("prod", route("GET", "/b"))
    throttles.count("prod", route("GET", "/c"))
    with pytest.raises(GatewayRefusal, match="THROTTLED"):
        throttles.count("prod", route("GET", "/b"))
    now[0] = 1.0
    throttles.count("prod", route("GET", "/b"))
    throttles.count("other", route("GET", "/b"))


def test_settings_of_a_stage() -> None:
    settings = [
        {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 5},
        {"ResourcePath": "/~1a~1{id}", "HttpMethod": "get", "ThrottlingBurstLimit": "7"},
        {"ResourcePath": "/b", "ThrottlingRateLimit": 2.5, "ThrottlingBurstLimit": 1},
        {"ResourcePath": "/c", "LoggingLevel": "INFO"},
        {"ResourcePath": "/d", "ThrottlingRateLimit": -1, "ThrottlingBurstLimit": -1},
    ]

    found = list(read_method_throttles({"MethodSettings": settings}))

    assert [(one.method, one.path, one.throttle.burst) for one in found] == [
        ("*", "/*", 5),
        ("GET", "/a/{id}", 7),
        ("*", "/b", 1),
    ]
    assert list(read_method_throttles({})) == []
