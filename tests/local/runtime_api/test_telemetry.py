"""What the Telemetry API and the Logs API take, and refuse."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from streambda.local.runtime_api import telemetry_delivery
from streambda.local.runtime_api.runtime_api import RuntimeApi
from streambda.local.runtime_api.session import RuntimeSession
from streambda.local.runtime_api.telemetry import read_destination
from streambda.local.runtime_api.telemetry_delivery import (
    Buffering,
    Delivery,
    Destination,
    Loss,
    encode_request,
)
from tests.support.wait_until import wait_until

TELEMETRY, LOGS = "/2022-07-01/telemetry", "/2020-08-15/logs"
GOOD: dict[str, Any] = {
    "schemaVersion": "2022-12-13",
    "types": ["function"],
    "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:1/x"},
}


def buffering(**values: object) -> dict[str, Any]:
    return {"buffering": values}


def destination(**values: object) -> dict[str, Any]:
    return {"destination": values}


BAD: list[tuple[Any, str]] = [
    ([], "the body is not a JSON object"),
    ({"schemaVersion": "2020"}, "schemaVersion is '2020', expected 2022-07-01 or 2022-12-13 or"),
    ({"types": []}, "types is [], expected a list of platform, function, extension"),
    ({"types": ["other"]}, "types is ['other'], expected a list of"),
    (destination(protocol="UDP"), "destination.protocol is 'UDP', expected HTTP or TCP"),
    (destination(protocol="TCP"), "destination.port is None, expected a number"),
    (
        destination(protocol="HTTP", URI="http://example.com/"),
        "destination.URI is 'http://example.com/', expected http://sandbox.localdomain:PORT",
    ),
    (
        destination(protocol="HTTP", URI="http://sandbox:1", method="GET"),
        "destination.method is 'GET', expected POST or PUT",
    ),
    (buffering(maxItems=1), "buffering.maxItems is 1, expected 1000 to 10000"),
    (buffering(timeoutMs="x"), "buffering.timeoutMs is 'x', expected 25 to 30000"),
    (buffering(maxBytes=1), "buffering.maxBytes is 1, expected 262144 to 1048576"),
]


@asynccontextmanager
async def serve(session: RuntimeSession) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        RuntimeApi(session) as api,
        httpx.AsyncClient(base_url=f"http://{api.address}") as client,
    ):
        yield client


async def register(client: httpx.AsyncClient) -> dict[str, str]:
    """An extension within the process: those may subscribe too. Gives the header that says who."""
    headers = {"Lambda-Extension-Name": "mine"}
    found = await client.post("/2020-01-01/extension/register", headers=headers, content="{}")
    return {"Lambda-Extension-Identifier": found.headers["lambda-extension-identifier"]}


@pytest.mark.parametrize(("change", "message"), BAD)
async def test_what_is_refused(change: Any, message: str) -> None:
    body = GOOD | change if isinstance(change, dict) else change
    session = RuntimeSession()
    async with serve(session) as client:
        me = await register(client)
        answer = await client.put(TELEMETRY, headers=me, content=json.dumps(body))

    assert answer.status_code == 400
    assert answer.json()["errorType"] == "ValidationError"
    assert answer.json()["errorMessage"].startswith(message)


async def test_who_is_refused() -> None:
    session = RuntimeSession()
    async with serve(session) as client:
        unknown = await client.put(TELEMETRY, json=GOOD)
        me = await register(client)
        accepted = await client.put(TELEMETRY, headers=me, json=GOOD)
        no_json = await client.put(LOGS, headers=me, content=b"{")
        session.telemetry.close_subscription()
        late = await client.put(TELEMETRY, headers=me, json=GOOD)
        late_logs = await client.put(LOGS, headers=me, json=GOOD)

    assert unknown.json()["errorType"] == "Extension.MissingExtensionIdentifier"
    assert no_json.json()["errorMessage"].startswith("the body is not JSON: ")
    assert (late.status_code, late.json()["errorType"]) == (403, "Telemetry.SubscriptionClosed")
    assert late_logs.json()["errorType"] == "Logs.SubscriptionClosed"
    assert (accepted.status_code, accepted.json()) == (200, "OK")


@pytest.mark.parametrize("limits", [{"items": 2, "bytes": 10**6}, {"items": 10**6, "bytes": 20}])
async def test_a_full_buffer_is_sent_at_once(limits: dict[str, int]) -> None:
    received: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.put_nowait(await reader.readline() + await reader.readline())
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server, asyncio.timeout(20):
        port = server.sockets[0].getsockname()[1]
        delivery = Delivery(Destination(port=port), Buffering(timeout_s=3600, **limits))
        delivery.add({"n": 10000001})
        delivery.add({"n": 10000002})
        lines = await received.get()
        delivery.close()

    assert lines == b'{"n": 10000001}\n{"n": 10000002}\n'


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/a b HTTP/1.1", "/a%20b%20HTTP/1.1"),
        ("/\u00e9\ud800", "/%C3%A9%3F"),
        ("/a%20b/-._~!$&'()*+,;=:@", "/a%20b/-._~!$&'()*+,;=:@"),
        ("", "/"),
    ],
)
def test_the_address_of_a_subscriber(path: str, sent: str) -> None:
    found = read_destination(destination(protocol="HTTP", URI=f"http://sandbox:1{path}"))

    request = encode_request(found, [b"{}"])
    assert request.partition(b" HTTP/1.1\r\n")[0] == f"POST {sent}".encode()


AT_ONCE = Buffering(items=1, bytes=1, timeout_s=3600)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry_delivery, "RETRY_S", (0, 0))


async def test_nobody_listens() -> None:
    """Then events are lost, and nothing waits."""
    delivery = Delivery(Destination(port=1), AT_ONCE)
    delivery.add({})

    await delivery.flush()


class HttpSubscriber:
    """Gives each request the next of its answers, and the last to all that follow.

    It leaves its connections open; an answer of None never comes.
    """

    def __init__(self, *answers: bytes | None) -> None:
        self.bodies: list[list[Any]] = []
        self.heard: Callable[[], None] = lambda: None
        self._answers = list(answers)
        self._open = asyncio.Event()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Destination]:
        server = await asyncio.start_server(self._receive, "127.0.0.1", 0)
        async with asyncio.timeout(20):
            port = server.sockets[0].getsockname()[1]
            yield Destination(port=port, host="sandbox", path="/", method="POST")
        self._open.set()
        server.close()
        await server.wait_closed()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        self.bodies.append(json.loads(await reader.readexactly(length)))
        self.heard()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is not None:
            writer.write(answer)
        await self._open.wait()
        writer.close()


GOOD_ANSWER, BAD_ANSWER = b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 500 Oops\r\n\r\n"


def describe_loss(loss: Loss) -> dict[str, Any]:
    return {"lost": loss.records, "size": loss.size, "reason": loss.reason}


async def test_what_is_refused_is_sent_again() -> None:
    subscriber = HttpSubscriber(BAD_ANSWER, b"no HTTP\n", GOOD_ANSWER)
    async with subscriber.serve() as destination:
        delivery = Delivery(destination, AT_ONCE, describe_loss)
        delivery.add({"n": 1})
        await delivery.flush()
        delivery.add({"n": 2})
        await delivery.flush()
        delivery.close()

    assert subscriber.bodies == [[{"n": 1}], [{"n": 1}], [{"n": 1}], [{"n": 2}]]


async def test_what_is_lost_is_told_with_what_is_taken() -> None:
    """Once, and not by itself: nobody is asked for ever whether they listen again."""
    subscriber = HttpSubscriber(BAD_ANSWER, BAD_ANSWER, BAD_ANSWER, GOOD_ANSWER)
    async with subscriber.serve() as destination:
        delivery = Delivery(destination, AT_ONCE, describe_loss)
        for number in range(3):
            delivery.add({"n": number})
            await delivery.flush()
        delivery.close()

    told = {"lost": 1, "size": len('{"n": 0}'), "reason": "it answers 500 Oops"}
    assert subscriber.bodies[3:] == [[told, {"n": 1}], [{"n": 2}]]


async def test_who_does_not_answer_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes meanwhile is kept up to a limit."""
    monkeypatch.setattr(telemetry_delivery, "SEND_S", 0.5)
    subscriber = HttpSubscriber(None, GOOD_ANSWER)

    def describe(loss: Loss) -> dict[str, Any]:
        monkeypatch.setattr(telemetry_delivery, "SEND_S", 60.0)  # what tells it is answered
        return describe_loss(loss)

    def add_more() -> None:
        if len(subscriber.bodies) == 1:
            for number in range(2, 10):
                delivery.add({"n": number})

    subscriber.heard = add_more
    async with subscriber.serve() as destination:
        delivery = Delivery(destination, Buffering(items=2, bytes=10**6, timeout_s=3600), describe)
        for number in range(2):
            delivery.add({"n": number})
        await wait_until(lambda: bool(subscriber.bodies))
        await delivery.flush()
        delivery.close()

    first, second = subscriber.bodies
    assert first == [{"n": 0}, {"n": 1}]
    assert second[1:] == [{"n": 2}, {"n": 3}, {"n": 4}, {"n": 5}]
    assert second[0]["lost"] == 6
    assert second[0]["reason"] == "no answer within 0.5 s"


async def test_the_end_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry_delivery, "FLUSH_S", 0.1)
    monkeypatch.setattr(telemetry_delivery, "SEND_S", 60.0)
    subscriber = HttpSubscriber(None)
    async with subscriber.serve() as destination:
        delivery = Delivery(destination, AT_ONCE)
        delivery.add({"n": 1})
        await wait_until(lambda: bool(subscriber.bodies))
        await delivery.flush()
        delivery.close()

    assert subscriber.bodies == [[{"n": 1}]]


async def test_the_end_has_an_end() -> None:
    """Also with a subscriber that makes an event of each request."""
    subscriber = HttpSubscriber(GOOD_ANSWER)
    async with subscriber.serve() as destination:
        delivery = Delivery(destination, Buffering(items=1, bytes=10**6, timeout_s=3600))
        subscriber.heard = lambda: delivery.add({"n": len(subscriber.bodies)})
        delivery.add({"n": 0})
        await delivery.flush()
        delivery.close()

    assert subscriber.bodies[:2] == [[{"n": 0}], [{"n": 1}]]
    assert len(subscriber.bodies) < 5


async def test_lines_come_over_one_connection() -> None:
    """Also of an extension that accepts only one; a new one after it has closed that."""
    connections: list[list[bytes]] = []
    is_there = asyncio.Semaphore(0)

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines: list[bytes] = []
        connections.append(lines)
        for _ in range(2):
            lines.append(await reader.readline())
            is_there.release()
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server, asyncio.timeout(20):
        delivery = Delivery(Destination(port=server.sockets[0].getsockname()[1]), AT_ONCE)
        for number in range(2):
            delivery.add({"n": number})
            await is_there.acquire()
        delivery.close()

    assert connections == [[b'{"n": 0}\n', b'{"n": 1}\n']]


async def test_lines_that_nobody_reads_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try begins with another connection: nothing is left of the one before."""
    monkeypatch.setattr(telemetry_delivery, "SEND_S", 0.1)
    connections: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server, asyncio.timeout(20):
        delivery = Delivery(Destination(port=server.sockets[0].getsockname()[1]), AT_ONCE)
        for _ in range(2):
            delivery.add({"more than a socket takes": "x" * 2**24})
            await delivery.flush()
        await wait_until(lambda: len(connections) == 2)
        delivery.close()
        for writer in connections:
            writer.transport.abort()


@pytest.mark.parametrize(
    ("path", "version", "has"),
    [
        (LOGS, None, False),
        (LOGS, "2020-08-15", False),
        (LOGS, "2021-03-18", True),
        (f"{TELEMETRY}/", "2022-07-01", True),
    ],
)
async def test_a_version_has_its_events(path: str, version: str | None, has: bool) -> None:
    """Documents have the path with and without a slash at its end."""
    subscriber = HttpSubscriber(GOOD_ANSWER)
    session = RuntimeSession()
    async with serve(session) as client, subscriber.serve() as destination:
        me = await register(client)
        body = {
            **({"schemaVersion": version} if version else {}),
            "types": ["platform"],
            "destination": {"protocol": "HTTP", "URI": f"http://sandbox:{destination.port}"},
        }
        answer = await client.put(path, headers=me, json=body)
        session.telemetry.publish("platform.runtimeDone", {})
        await session.telemetry.flush()
        session.telemetry.close()

    assert answer.status_code == 200
    kinds = [event["type"] for events in subscriber.bodies for event in events]
    assert ("platform.runtimeDone" in kinds) is has


async def test_an_extension_has_one_api() -> None:
    session = RuntimeSession()
    async with serve(session) as client:
        me = await register(client)
        first = await client.put(TELEMETRY, headers=me, json=GOOD)
        again = await client.put(TELEMETRY, headers=me, json=GOOD)
        logs = GOOD | {"schemaVersion": "2021-03-18"}
        other = await client.put(LOGS, headers=me, json=logs)
        session.telemetry.close()

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 400)
    assert other.json()["errorMessage"] == "mine has subscribed to the Telemetry API already"
