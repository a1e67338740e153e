"""What a client may say of the protocol: offers to upgrade, expectations, HTTP/1.0."""

import json

import pytest

from streambda.local import LocalCloud
from tests.support.gate import Gate
from tests.support.raw_client import RawConnection, connect

STREAM = "/2021-11-15/functions/Words/response-streaming-invocations"
INVOKE = "/2015-03-31/functions/Words/invocations"

# Endpoint -> how many endpoints are before it, and what follows its address in the request line.
ENDPOINTS = {
    "lambda-stream": (0, STREAM),
    "lambda-invoke": (0, INVOKE),
    "function-url": (1, "/echo"),
    "function-url-buffered": (2, "/echo"),
    "rest-api": (3, "/prod/echo"),
}

# A marked body: the function sends back the event that it was given.
BODY = json.dumps({"do": "echo", "mark": "4711"}).encode()
MARK = b"4711"
CHUNKED_BODY = b"5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:])

OFFERS = {
    "h2c": ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"],
    "websocket": ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"],
    "unknown": ["Connection: upgrade", "Upgrade: IRC/6.9"],
    "several": ["connection: keep-alive, Upgrade", "UPGRADE: h2c, websocket"],
    "two lines": ["Connection: Upgrade", "Upgrade: h2c", "Upgrade: TLS/1.0"],
    "without Connection": ["Upgrade: h2c"],
    "without Upgrade": ["Connection: Upgrade"],
}


def address(cloud: LocalCloud, endpoint: str) -> str:
    return cloud.endpoints[ENDPOINTS[endpoint][0]].url


def head(
    endpoint: str, *lines: str, method: str = "POST", version: str = "1.1", length: int | None
) -> bytes:
    target = ENDPOINTS[endpoint][1]
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    common = ("Host: localhost", "Content-Type: application/json", framing)
    return "\r\n".join([f"{method} {target} HTTP/{version}", *common, *lines, "", ""]).encode()


async def ask_again(connection: RawConnection, endpoint: str) -> None:
    """The connection is as good as new."""
    await connection.send(head(endpoint, length=len(BODY)) + BODY)
    assert MARK in (await connection.read_response()).body


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("offer", OFFERS)
async def test_an_offer_to_upgrade_is_ignored_and_the_body_read(
    offer: str, endpoint: str, cloud: LocalCloud
) -> None:
    async with connect(address(cloud, endpoint)) as connection:
        await connection.send(head(endpoint, *OFFERS[offer], length=len(BODY)) + BODY)
        reply = await connection.read_response()

        assert (reply.status, MARK in reply.body) == (200, True)
        assert not {"upgrade", "connection"} & dict(reply.headers).keys()
        await ask_again(connection, endpoint)


@pytest.mark.parametrize("offer", ["h2c", "websocket"])
async def test_a_chunked_body_behind_an_offer_is_read(offer: str, cloud: LocalCloud) -> None:
    async with connect(address(cloud, "function-url")) as connection:
        await connection.send(head("function-url", *OFFERS[offer], length=None) + CHUNKED_BODY)

        assert MARK in (await connection.read_response()).body
        await ask_again(connection, "function-url")


async def test_an_offer_may_come_in_pieces(cloud: LocalCloud) -> None:
    request = head("function-url", *OFFERS["h2c"], length=len(BODY)) + BODY
    async with connect(address(cloud, "function-url")) as connection:
        for begin in range(0, len(request), 7):
            await connection.send(request[begin : begin + 7])

        assert MARK in (await connection.read_response()).body


async def test_several_offers_at_once_are_served_in_turn(cloud: LocalCloud) -> None:
    request = head("rest-api", *OFFERS["websocket"], length=len(BODY)) + BODY
    async with connect(address(cloud, "rest-api")) as connection:
        await connection.send(request * 3)

        replies = [await connection.read_response() for _ in range(3)]

    assert [(one.status, MARK in one.body) for one in replies] == [(200, True)] * 3


async def test_the_offer_is_not_in_the_event(cloud: LocalCloud) -> None:
    async with connect(address(cloud, "function-url")) as connection:
        await connection.send(head("function-url", *OFFERS["h2c"], length=len(BODY)) + BODY)
        headers = json.loads((await connection.read_response()).body)["event"]["headers"]

    assert not {"upgrade", "connection", "http2-settings"} & headers.keys()


async def test_connect_is_refused(cloud: LocalCloud) -> None:
    async with connect(address(cloud, "function-url")) as connection:
        await connection.send(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")

        assert (await connection.read_response()).status == 400
        assert await connection.is_over()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "lines",
    [
        ("Expect: 100-continue",),
        ("expect: 100-Continue",),
        ("Expect: 100-continue", *OFFERS["h2c"]),
        ("Expect: 100-continue", "Connection: close"),
    ],
    ids=" ".join,
)
async def test_who_expects_100_gets_it_before_the_body_is_sent(
    lines: tuple[str, ...], endpoint: str, cloud: LocalCloud
) -> None:
    async with connect(address(cloud, endpoint)) as connection:
        await connection.send(head(endpoint, *lines, length=len(BODY)))
        assert await connection.read_head() == (100, ())
        await connection.send(BODY)
        reply = await connection.read_response()

    assert (reply.status, MARK in reply.body) == (200, True)


@pytest.mark.parametrize("expectation", ["202-accepted", "100-continue, x", ""])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_another_expectation_is_ignored(
    endpoint: str, expectation: str, cloud: LocalCloud
) -> None:
    async with connect(address(cloud, endpoint)) as connection:
        request = head(endpoint, f"Expect: {expectation}", length=len(BODY))
        await connection.send(request + BODY)
        reply = await connection.read_response()

    assert (reply.status, MARK in reply.body) == (200, True)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("Connection: keep-alive",),
        ("Connection: close",),
        ("Expect: 100-continue",),
        tuple(OFFERS["h2c"]),
    ],
    ids=" ".join,
)
async def test_http_1_0_gets_no_chunks_and_the_connection_ends_the_body(
    lines: tuple[str, ...], endpoint: str, cloud: LocalCloud
) -> None:
    async with connect(address(cloud, endpoint)) as connection:
        await connection.send(head(endpoint, *lines, version="1.0", length=len(BODY)) + BODY)
        reply = await connection.read_response()

        assert (reply.status, MARK in reply.body) == (200, True)
        whole = endpoint in {"lambda-invoke", "function-url-buffered"}
        assert reply.framing == ("length" if whole else "close")
        assert (reply.values("transfer-encoding"), reply.values("connection")) == ([], ["close"])
        assert await connection.is_over()


# Method, endpoint, target, status, and the body where it is told.
RESPONSES = [
    ("GET", "function-url", "/words", 201, b"one two"),
    ("GET", "function-url", "/empty", 200, b""),
    ("GET", "function-url", "/binary", 200, None),
    ("GET", "function-url", "/no_content", 204, b""),
    ("GET", "function-url", "/fails_before", 502, b"Internal Server Error"),
    ("GET", "rest-api", "/prod/words", 201, b"one two"),
    ("GET", "rest-api", "/prod/buffered/whole", 202, b"YWJj"),
    ("GET", "rest-api", "/prod/buffered/words", 201, b""),
    ("GET", "rest-api", "/none", 403, b'{"message":"Missing Authentication Token"}'),
    ("GET", "lambda-invoke", "/nothing", 404, None),
    ("HEAD", "function-url", "/words", 201, b""),
    ("HEAD", "function-url-buffered", "/words", 201, b""),
    ("HEAD", "rest-api", "/prod/words", 201, b""),
    ("HEAD", "rest-api", "/none", 403, b""),
]


@pytest.mark.parametrize(("method", "endpoint", "target", "status", "body"), RESPONSES)
async def test_every_kind_of_response_over_http_1_0(
    method: str, endpoint: str, target: str, status: int, body: bytes | None, cloud: LocalCloud
) -> None:
    async with connect(address(cloud, endpoint)) as connection:
        await connection.send(f"{method} {target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        reply = await connection.read_response(method)

        assert (reply.status, reply.values("transfer-encoding")) == (status, [])
        assert body is None or reply.body == body
        assert await connection.is_over()


@pytest.mark.parametrize("endpoint", ["function-url", "rest-api"])
async def test_http_1_0_streams(endpoint: str, cloud: LocalCloud, gate: Gate) -> None:
    target = ENDPOINTS[endpoint][1].replace("echo", "gated")
    async with connect(address(cloud, endpoint)) as connection:
        await connection.send(f"GET {target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        await connection.read_head()
        assert await connection.reader.readexactly(3) == b"one"
        await gate.open()

        assert await connection.reader.read() == b"two"


async def test_lambdas_api_streams_over_http_1_0(cloud: LocalCloud, gate: Gate) -> None:
    body = b'{"do": "gated"}'
    async with connect(address(cloud, "lambda-stream")) as connection:
        await connection.send(head("lambda-stream", version="1.0", length=len(body)) + body)
        await connection.read_head()
        await connection.reader.readuntil(b"one")
        await gate.open()

        assert b"two" in await connection.reader.read()
