"""What the Telemetry API and the Logs API take, and refuse."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from streambda.local.runtime_api.runtime_api import RuntimeApi
from streambda.local.runtime_api.session import RuntimeSession
from streambda.local.runtime_api.telemetry import read_destination
from streambda.local.runtime_api.telemetry_delivery import (
    Buffering,
    Delivery,
    Destination,
    encode,
)

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
    ([], "the body is no JSON object"),
    ({"schemaVersion": "2020"}, "schemaVersion is '2020', expected 2022-07-01 or 2022-12-13 or"),
    ({"types": []}, "types is [], expected a list of platform, function, extension"),
    ({"types": ["other"]}, "types is ['other'], expected a list of"),
    (destination(protocol="UDP"), "destination.protocol is 'UDP', expected HTTP or TCP"),
    (destination(protocol="TCP"), "destination.port is None, expected a number"),
    (destination(protocol="TCP", port=0), "destination.port is None, expected a number"),
    (destination(protocol="TCP", port=-1), "destination.port is -1, expected a number up to 65535"),
    (destination(protocol="TCP", port=65536), "destination.port is 65536, expected a number"),
    ({"schemaVersion": ["2022-07-01"]}, "schemaVersion is ['2022-07-01'], expected 2022-07-01"),
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
        no_json = await client.put(LOGS, headers=me, content=b"{")
        session.telemetry.close_subscription()
        late = await client.put(TELEMETRY, headers=me, json=GOOD)

    assert unknown.json()["errorType"] == "Extension.MissingExtensionIdentifier"
    assert no_json.json()["errorMessage"].startswith("the body is no JSON: ")
    assert (late.status_code, late.json()["errorType"]) == (403, "Telemetry.ServiceClosed")


@pytest.mark.parametrize("limits", [{"items": 2, "bytes": 10**6}, {"items": 10**6, "bytes": 20}])
async def test_a_full_buffer_is_sent_at_once(limits: dict[str, int]) -> None:
    received: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.put_nowait(await reader.read())
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

    assert encode(found, [b"{}"]).partition(b" HTTP/1.1\r\n")[0] == f"POST {sent}".encode()


async def test_nobody_listens() -> None:
    """Then events are lost, and nothing waits."""
    delivery = Delivery(Destination(port=1), Buffering(items=1, bytes=1, timeout_s=3600))
    delivery.add({})

    await delivery.flush()
