"""REST APIs' events: paths as sent, decoded queries, headers as spelled, what AWS adds."""

import json
from typing import Any

import pytest

from streambda.local import EndpointKind, LocalCloud
from streambda.local.endpoints.rest_api.rest_api import split_stage
from tests.support.endpoint_clouds import url_of
from tests.support.raw_client import connect


async def send(cloud: LocalCloud, target: str, *lines: str) -> dict[str, Any]:
    """The event that becomes of GET `target`."""
    head = "\r\n".join([f"GET {target} HTTP/1.1", "Host: localhost", *lines, "", ""])
    async with connect(url_of(cloud, EndpointKind.REST_API)) as connection:
        await connection.send(head.encode("latin-1"))
        reply = await connection.read_response()
    assert reply.status == 200, reply.body
    event: dict[str, Any] = json.loads(reply.body)["event"]
    return event


# The request's path -> `path`, the value of {proxy+} and `requestContext.path`.
PATHS = {
    "/prod/a%20b/echo": ("/a%20b/echo", "a%20b/echo", "/prod/a%20b/echo"),
    "/prod/a%2Fb/echo": ("/a%2Fb/echo", "a%2Fb/echo", "/prod/a%2Fb/echo"),
    "/prod/a%2fb/echo": ("/a%2fb/echo", "a%2fb/echo", "/prod/a%2fb/echo"),
    "/prod/%2e%2e/echo": ("/%2e%2e/echo", "%2e%2e/echo", "/prod/%2e%2e/echo"),
    "/prod/../echo": ("/../echo", "../echo", "/prod/../echo"),
    "/prod/100%25/echo": ("/100%25/echo", "100%25/echo", "/prod/100%25/echo"),
    "/prod/%2525/echo": ("/%2525/echo", "%2525/echo", "/prod/%2525/echo"),
    "/prod/%C3%A9%E2%82%AC/echo": ("/%C3%A9%E2%82%AC/echo", "%C3%A9%E2%82%AC/echo", None),
    "/prod/%FF%0A/echo": ("/%FF%0A/echo", "%FF%0A/echo", "/prod/%FF%0A/echo"),
    "/prod/%zz/echo": ("/%zz/echo", "%zz/echo", "/prod/%zz/echo"),
    "/prod/a+b@c;d=e,f:g/echo": ("/a+b@c;d=e,f:g/echo", "a+b@c;d=e,f:g/echo", None),
    "/prod/a//echo": ("/a//echo", "a//echo", "/prod/a//echo"),
    "/prod//echo": ("/echo", "echo", "/prod//echo"),
    "/prod///a/echo": ("/a/echo", "a/echo", "/prod///a/echo"),
    "//prod/echo": ("/echo", "echo", "/prod/echo"),
    "http://example.com/prod/a%2Fb/echo": ("/a%2Fb/echo", "a%2Fb/echo", "/prod/a%2Fb/echo"),
}


@pytest.mark.parametrize("sent", PATHS)
async def test_a_path_is_as_sent(sent: str, cloud: LocalCloud) -> None:
    path, proxy, full = PATHS[sent]

    event = await send(cloud, sent)

    assert (event["resource"], event["path"]) == ("/{proxy+}", path)
    assert event["pathParameters"] == {"proxy": proxy}
    assert event["requestContext"]["path"] == (full or sent)
    assert event["requestContext"]["resourcePath"] == "/{proxy+}"


@pytest.mark.parametrize(
    ("raw_path", "stage", "path"),
    [
        ("/prod/words", "prod", "/words"),
        ("/prod/words/", "prod", "/words/"),
        ("/prod/words//", "prod", "/words//"),
        ("/prod/", "prod", "/"),
        ("/prod", "prod", "/"),
        ("/prod//", "prod", "/"),
        ("/", "", "/"),
        ("//", "", "/"),
        ("/pr%6Fd/words", "pr%6Fd", "/words"),
        ("/prod%2Fwords", "prod%2Fwords", "/"),
    ],
)
def test_the_stage_is_the_first_part(raw_path: str, stage: str, path: str) -> None:
    assert split_stage(raw_path) == (stage, path)


# The query -> every value of every name.
QUERIES: dict[str, dict[str, list[str]] | None] = {
    "": None,
    "a=1": {"a": ["1"]},
    "a=1&a=2&b=3&a=": {"a": ["1", "2", ""], "b": ["3"]},
    "a": {"a": [""]},
    "a=b=c": {"a": ["b=c"]},
    "&&a=1&": {"a": ["1"]},
    "a=x+y&b=x%2By&c=x%20y": {"a": ["x y"], "b": ["x+y"], "c": ["x y"]},
    "a%20b=1&a+b=2": {"a b": ["1", "2"]},
    "a=%C3%A9&%C3%A9=%E2%82%AC": {"a": ["é"], "é": ["€"]},
    "a=%26%3D%3F%23%25": {"a": ["&=?#%"]},
    "A=1&a=2": {"A": ["1"], "a": ["2"]},
    "a[]=1&a[]=2": {"a[]": ["1", "2"]},
    "u=https://example.com/?x": {"u": ["https://example.com/?x"]},
}


@pytest.mark.parametrize("query", QUERIES)
async def test_a_query_is_decoded(query: str, cloud: LocalCloud) -> None:
    values = QUERIES[query]

    event = await send(cloud, f"/prod/echo?{query}")

    assert event["multiValueQueryStringParameters"] == values
    last = {name: several[-1] for name, several in values.items()} if values else None
    assert event["queryStringParameters"] == last


# Lines of the request -> those of its headers in the event that API Gateway has not added.
HEADERS: dict[tuple[str, ...], dict[str, list[str]]] = {
    ("accept: */*",): {"accept": ["*/*"]},
    ("ACCEPT: */*", "tEsT-HEADeR: aValUE"): {"ACCEPT": ["*/*"], "tEsT-HEADeR": ["aValUE"]},
    ("X-Probe: 1", "X-Other: 2", "X-Probe: 3"): {"X-Probe": ["1", "3"], "X-Other": ["2"]},
    ("X-Probe: 1", "x-probe: 3"): {"X-Probe": ["1", "3"]},
    ("x-list: 1, 2", "x-list: 3"): {"x-list": ["1, 2", "3"]},
    ("x-empty:", "x-spaces:   a  b  "): {"x-empty": [""], "x-spaces": ["a  b"]},
    ("authorization: Bearer x",): {"authorization": ["Bearer x"]},
    ("cookie: a=1", "Cookie: b=2"): {"cookie": ["a=1", "b=2"]},
    ("x-latin: \xe9",): {"x-latin": ["\xe9"]},
    # Said to the endpoint.
    ("Connection: keep-alive", "TE: trailers", "Keep-Alive: 5", "Upgrade: x"): {},
    ("Content-Length: 0", "Expect: x", "HTTP2-Settings: AAM"): {},
    ("upgrade-insecure-requests: 1",): {"upgrade-insecure-requests": ["1"]},
}


@pytest.mark.parametrize("lines", HEADERS, ids=" ".join)
async def test_a_header_keeps_its_spelling(lines: tuple[str, ...], cloud: LocalCloud) -> None:
    added = ("Host", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")

    event = await send(cloud, "/prod/echo", *lines)

    headers = event["multiValueHeaders"]
    assert {name: headers[name] for name in headers.keys() - set(added)} == HEADERS[lines]
    assert headers.keys() >= set(added)
    assert event["headers"] == {name: values[-1] for name, values in headers.items()}


TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("HOST2: x", "Host", "localhost"),
        ("user-AGENT: curl/8", "User-Agent", "curl/8"),
        ("x-forwarded-for: 192.0.2.1", "X-Forwarded-For", "192.0.2.1, 127.0.0.1"),
        ("X-FORWARDED-FOR: 192.0.2.1, 192.0.2.2", "X-Forwarded-For", None),
        ("x-forwarded-proto: https", "X-Forwarded-Proto", "http"),
        (f"x-amzn-trace-id: {TRACE}", "X-Amzn-Trace-Id", TRACE),
        (f"X-Amzn-Trace-Id: Self=1-x;{TRACE};Sampled=1", "X-Amzn-Trace-Id", TRACE),
    ],
)
async def test_what_api_gateway_writes_itself_is_capitalised_and_there_once(
    line: str, name: str, value: str | None, cloud: LocalCloud
) -> None:
    event = await send(cloud, "/prod/echo", line)

    expected = value or "192.0.2.1, 192.0.2.2, 127.0.0.1"
    assert event["multiValueHeaders"][name] == [expected]
    assert [one for one in event["headers"] if one.lower() == name.lower()] == [name]


@pytest.mark.parametrize("value", ["", "x", "Root=1-abc-def", "Root=1-5759e988-BD86", "a" * 500])
async def test_an_odd_trace_is_replaced(value: str, cloud: LocalCloud) -> None:
    event = await send(cloud, "/prod/echo", f"X-Amzn-Trace-Id: {value}")

    [trace] = event["multiValueHeaders"]["X-Amzn-Trace-Id"]
    assert trace.startswith("Root=1-")
    assert value not in {trace, trace.removeprefix("Root=")}


async def test_every_request_has_ids_of_its_own(cloud: LocalCloud) -> None:
    contexts = [(await send(cloud, "/prod/echo"))["requestContext"] for _ in range(2)]

    for name in ("requestId", "extendedRequestId"):
        assert len({one[name] for one in contexts}) == 2
