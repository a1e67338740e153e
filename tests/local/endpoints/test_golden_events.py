"""One request of every kind, over a socket, and every field of the event that becomes of it."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from streambda.local import EndpointKind, LocalCloud
from tests.support.endpoint_clouds import url_of
from tests.support.golden_events import GOLDEN, list_differences, read_golden
from tests.support.raw_client import connect

QUERY = (
    "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb"
    "&literalPlus=a+b&encodedPlus=a%2Bb&empty="
)
BODY = '{"hello":"wörld"}'.encode()
POST = (
    "POST {stage}/capture/space%20value/echo?{query} HTTP/1.1\r\n"
    "host: {host}\r\nuser-agent: curl/8.7.1\r\naccept: */*\r\nContent-Type: application/json\r\n"
    "X-Probe: first\r\ncookie: session=abc123; theme=dark\r\nX-Probe: second\r\n"
    "content-length: {length}\r\nConnection: keep-alive\r\n\r\n"
)
GET = "GET {stage}/echo HTTP/1.1\r\nHost: {host}\r\n\r\n"

# Golden event -> endpoint, what is before its paths, and the request.
REQUESTS = {
    "function_url_post": (EndpointKind.FUNCTION_URL, "", POST, BODY),
    "function_url_get": (EndpointKind.FUNCTION_URL, "", GET, b""),
    "rest_api_post": (EndpointKind.REST_API, "/prod", POST, BODY),
    "rest_api_get": (EndpointKind.REST_API, "/prod", GET, b""),
}


def test_every_golden_event_has_a_request() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == REQUESTS.keys()


@pytest.mark.parametrize("name", REQUESTS)
async def test_every_field_of_an_event(name: str, cloud: LocalCloud) -> None:
    kind, stage, head, body = REQUESTS[name]
    url = url_of(cloud, kind)
    host = url.split("/")[2]
    async with connect(url) as connection:
        filled = head.format(stage=stage, query=QUERY, host=host, length=len(body))
        await connection.send(filled.encode() + body)
        event = json.loads((await connection.read_response()).body)["event"]

    assert list(list_differences(read_golden(name), event)) == []


def list_leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(inner, dict | list):
            yield from list_leaves(inner, (*path, key))
        else:
            yield (*path, key)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_comparison_sees_every_field(name: str) -> None:
    """Each field in turn is taken away, is another, or has one beside it."""
    golden = read_golden(name)
    leaves = list(list_leaves(golden))
    assert len(leaves) > 20
    for path in leaves:
        for change in (_remove, _replace, _add):
            changed = copy.deepcopy(golden)
            place = changed
            for key in path[:-1]:
                place = place[key]
            change(place, path[-1])

            assert list(list_differences(golden, changed)), (path, change)


def _remove(place: Any, key: Any) -> None:
    del place[key]


def _replace(place: Any, key: Any) -> None:
    place[key] = {"another": "value"}


def _add(place: Any, key: Any) -> None:
    if isinstance(place, list):
        place.append("more")
    else:
        place["more"] = None
