"""Function URLs' events: what is decoded and what is as sent, joined values, base64."""

import base64
import json
from typing import Any

import pytest

from streambda.local import EndpointKind, LocalCloud
from tests.support.endpoint_clouds import url_of
from tests.support.raw_client import connect


async def send(
    cloud: LocalCloud, target: str, *lines: str, method: str = "GET", body: bytes = b""
) -> dict[str, Any]:
    """The event that becomes of a request for `target`."""
    head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: localhost", *lines, "", ""])
    async with connect(url_of(cloud, EndpointKind.FUNCTION_URL)) as connection:
        await connection.send(head.encode("latin-1") + body)
        reply = await connection.read_response()
    assert reply.status == 200, reply.body
    event: dict[str, Any] = json.loads(reply.body)["event"]
    return event


@pytest.mark.parametrize(
    ("raw_path", "path"),
    [
        ("/a%20b/echo", "/a b/echo"),
        ("/a%2Fb/echo", "/a/b/echo"),
        ("/%2e%2e/echo", "/../echo"),
        ("/100%25/echo", "/100%/echo"),
        ("/%2525/echo", "/%25/echo"),
        ("/%C3%A9%E2%82%AC/echo", "/é€/echo"),
        ("/%FF/echo", "/\ufffd/echo"),
        ("/%zz/echo", "/%zz/echo"),
        ("/a+b@c;d=e/echo", "/a+b@c;d=e/echo"),
        ("/a//echo", "/a//echo"),
        ("//a/echo", "//a/echo"),
        ("/%3Fx%23y/echo", "/?x#y/echo"),
    ],
)
async def test_the_raw_path_is_as_sent_and_the_other_decoded(
    raw_path: str, path: str, cloud: LocalCloud
) -> None:
    event = await send(cloud, raw_path)

    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == (raw_path, path)


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2&b=3&a=", {"a": "1,2,", "b": "3"}),
        ("a=x,y&a=z", {"a": "x,y,z"}),
        ("a", {"a": ""}),
        ("a=x+y&b=x%2By", {"a": "x y", "b": "x+y"}),
        ("%C3%A9=%E2%82%AC", {"é": "€"}),
        ("a=b=c&&", {"a": "b=c"}),
        ("u=https://example.com/?x=%26", {"u": "https://example.com/?x=&"}),
    ],
)
async def test_the_raw_query_is_as_sent_and_the_other_decoded(
    query: str, parameters: dict[str, str], cloud: LocalCloud
) -> None:
    event = await send(cloud, f"/echo?{query}")

    assert (event["rawQueryString"], event["queryStringParameters"]) == (query, parameters)


# Lines of the request -> those of its headers in the event that the endpoint has not added.
HEADERS: dict[tuple[str, ...], dict[str, str]] = {
    ("ACCEPT: */*", "tEsT-HEADeR: aValUE"): {"accept": "*/*", "test-header": "aValUE"},
    ("X-Probe: 1", "X-Other: 2", "x-probe: 3"): {"x-probe": "1,3", "x-other": "2"},
    ("x-list: 1, 2", "x-list: 3"): {"x-list": "1, 2,3"},
    ("x-empty:",): {"x-empty": ""},
    ("Connection: keep-alive", "TE: trailers", "Keep-Alive: 5", "Expect: x"): {},
    ("Content-Length: 0",): {"content-length": "0"},
}
ADDED = {
    "host",
    "x-amzn-tls-cipher-suite",
    "x-amzn-tls-version",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
}


@pytest.mark.parametrize("lines", HEADERS, ids=" ".join)
async def test_headers_are_in_lower_case_and_joined(
    lines: tuple[str, ...], cloud: LocalCloud
) -> None:
    headers = (await send(cloud, "/echo", *lines))["headers"]

    assert {name: headers[name] for name in headers.keys() - ADDED} == HEADERS[lines]
    assert headers.keys() >= ADDED


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("X-Forwarded-For: 192.0.2.1", "x-forwarded-for", "192.0.2.1, 127.0.0.1"),
        ("X-Forwarded-Proto: https", "x-forwarded-proto", "http"),
        ("X-Amzn-Tls-Version: SSLv3", "x-amzn-tls-version", "TLSv1.3"),
    ],
)
async def test_a_client_cannot_say_what_the_endpoint_says(
    line: str, name: str, value: str, cloud: LocalCloud
) -> None:
    assert (await send(cloud, "/echo", line))["headers"][name] == value


@pytest.mark.parametrize(
    ("lines", "header", "cookies"),
    [
        (["Cookie: a=1"], "a=1", ["a=1"]),
        (["Cookie: a=1; b=2"], "a=1; b=2", ["a=1", "b=2"]),
        (["Cookie: a=1", "cookie: b=2; c=3"], "a=1; b=2; c=3", ["a=1", "b=2", "c=3"]),
        (["Cookie: a=1;b=2;"], "a=1;b=2;", ["a=1", "b=2"]),
        (['Cookie: a="x,y"; b=c=d'], 'a="x,y"; b=c=d', ['a="x,y"', "b=c=d"]),
    ],
)
async def test_cookies_are_in_both_places(
    lines: list[str], header: str, cookies: list[str], cloud: LocalCloud
) -> None:
    event = await send(cloud, "/echo", *lines)

    assert (event["headers"]["cookie"], event["cookies"]) == (header, cookies)


FORM = b"a=1&b=x+y"


@pytest.mark.parametrize(
    ("content_type", "body", "is_base64"),
    [
        ("application/json", b'{"a": 1}', False),
        ("APPLICATION/JSON;charset=utf-8", "é".encode(), False),
        ("text/plain", b"abc", False),
        ("text/event-stream", b"data: 1\n\n", False),
        ("application/xml", b"<a/>", False),
        ("application/javascript", b"1", False),
        ("application/x-www-form-urlencoded", FORM, True),
        ("application/x-www-form-urlencoded; charset=utf-8", FORM, True),
        ("multipart/form-data; boundary=x", b"--x--", True),
        ("application/octet-stream", b"abc", True),
        ("image/png", b"\x89PNG", True),
        ("application/cbor", b"\xa0", True),
        ("text/plain", b"\xff\xfe", True),
        (None, b"abc", True),
    ],
)
async def test_which_bodies_are_base64(
    content_type: str | None, body: bytes, is_base64: bool, cloud: LocalCloud
) -> None:
    lines = [f"Content-Type: {content_type}"] if content_type else []
    length = f"Content-Length: {len(body)}"

    event = await send(cloud, "/echo", length, *lines, method="POST", body=body)

    expected = base64.b64encode(body).decode() if is_base64 else body.decode()
    assert (event["body"], event["isBase64Encoded"]) == (expected, is_base64)


async def test_a_chunked_body_has_a_length_in_the_event(cloud: LocalCloud) -> None:
    lines = ("Transfer-Encoding: chunked", "Content-Type: text/plain")

    event = await send(
        cloud, "/echo", *lines, method="PUT", body=b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )

    assert event["body"] == "abcde"
    assert event["headers"]["content-length"] == "5"
    assert "transfer-encoding" not in event["headers"]
