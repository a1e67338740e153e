"""Extensions within the process: an invocation is over when they too wait for the next."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from streambda.local.invocation import failures
from streambda.local.invocation.stream import InvocationRequest, InvocationStream
from streambda.local.runtime_api.extensions import MOST_EXTENSIONS
from streambda.local.runtime_api.runtime_api import RuntimeApi
from streambda.local.runtime_api.session import RuntimeEvent, RuntimeSession

EXTENSION = "/2020-01-01/extension"
REGISTER = f"{EXTENSION}/register"
EVENT = f"{EXTENSION}/event/next"
NEXT = "/2018-06-01/runtime/invocation/next"
WAIT_S = 20.0
UNKNOWN = "a9a8b2e5-6d2a-4d43-9d44-0c1b5a1c7f61"


@asynccontextmanager
async def serve() -> AsyncIterator[tuple[RuntimeSession, httpx.AsyncClient]]:
    session = RuntimeSession({"functionName": "f", "handler": "main.app"})
    async with (
        RuntimeApi(session) as api,
        httpx.AsyncClient(base_url=f"http://{api.address}", timeout=WAIT_S) as client,
        asyncio.timeout(WAIT_S),
    ):
        yield session, client


async def register(client: httpx.AsyncClient, name: str = "mine", *events: str) -> dict[str, str]:
    """The header that says who asks."""
    headers = {"Lambda-Extension-Name": name}
    answer = await client.post(REGISTER, headers=headers, json={"events": events})
    assert answer.status_code == 200
    assert answer.json() == {"functionName": "f", "handler": "main.app"}
    return {"Lambda-Extension-Identifier": answer.headers["lambda-extension-identifier"]}


def hand_out_one(session: RuntimeSession) -> InvocationStream:
    request = InvocationRequest(
        request_id="r", invocation_id="i", function_arn="arn", event=b"{}", trace_id="t"
    )
    stream = InvocationStream(request)
    session.hand_out(stream, deadline_ms=1)
    return stream


async def await_ready(session: RuntimeSession) -> None:
    """Whichever of the runtime and an extension asks first."""
    while (event := await session.next_event()) is RuntimeEvent.RUNTIME_DONE:
        """The extension does not wait for that here."""
    assert event is RuntimeEvent.READY


async def await_end_of_init(client: httpx.AsyncClient, name: str) -> None:
    """Until the runtime's first /next has been read."""
    headers = {"Lambda-Extension-Name": name}  # there already: this never registers one
    error_type = ""
    while error_type != "Extension.RegistrationClosed":
        answer = await client.post(REGISTER, headers=headers, content="{}")
        error_type = answer.json()["errorType"]


async def test_it_is_ready_when_both_wait_and_both_get_the_invocation() -> None:
    async with serve() as (session, client), asyncio.TaskGroup() as tasks:
        me = await register(client, "mine", "INVOKE")
        runtime = tasks.create_task(client.get(NEXT))
        ready = tasks.create_task(session.next_event())
        await await_end_of_init(client, "mine")
        assert not ready.done()
        extension = tasks.create_task(client.get(EVENT, headers=me))
        assert await ready is RuntimeEvent.READY

        stream = hand_out_one(session)

        assert (await runtime).json() == {}
        assert (await extension).json() == {
            "eventType": "INVOKE", "deadlineMs": 1, "requestId": "r", "invokedFunctionArn": "arn",
            "tracing": {"type": "X-Amzn-Trace-Id", "value": "t"},
        }  # fmt: skip
        stream.fail(failures.shutdown("r"))
        again = [tasks.create_task(client.get(NEXT))]
        # An extension may wait for that before it asks for its next event.
        assert await session.next_event() is RuntimeEvent.RUNTIME_DONE
        ready = tasks.create_task(session.next_event())
        await client.get("/nowhere")
        assert not ready.done()
        again.append(tasks.create_task(client.get(EVENT, headers=me)))
        assert await ready is RuntimeEvent.READY
        for task in again:
            task.cancel()


async def test_one_that_hears_of_nothing_holds_nothing_up() -> None:
    async with serve() as (session, client), asyncio.TaskGroup() as tasks:
        me = await register(client)
        waiting = tasks.create_task(client.get(EVENT, headers=me))
        runtime = tasks.create_task(client.get(NEXT))
        await await_ready(session)
        hand_out_one(session).fail(failures.shutdown("r"))
        assert (await runtime).status_code == 200
        again = tasks.create_task(client.get(NEXT))

        await await_ready(session)
        for task in (waiting, again):
            task.cancel()


@pytest.mark.parametrize(
    ("name", "body", "error_type"),
    [
        ("", {"events": []}, "Extension.InvalidExtensionName"),
        ("mine", {"events": ["SHUTDOWN"]}, "Extension.InvalidEventType"),
        ("mine", {"events": 1}, "InvalidRequestFormat"),
        ("mine", {"configurationKeys": ["x"]}, "InvalidRequestFormat"),
        ("mine", [], "InvalidRequestFormat"),
        ("there", {"events": []}, "Extension.InvalidExtensionState"),
    ],
)
async def test_who_is_not_registered(name: str, body: Any, error_type: str) -> None:
    async with serve() as (_, client):
        await register(client, "there")

        answer = await client.post(
            REGISTER, headers={"Lambda-Extension-Name": name}, content=json.dumps(body)
        )

    assert (answer.status_code, answer.json()["errorType"]) == (403, error_type)


async def test_there_are_not_too_many() -> None:
    async with serve() as (_, client):
        for number in range(MOST_EXTENSIONS):
            await register(client, str(number))

        answer = await client.post(REGISTER, headers={"Lambda-Extension-Name": "x"}, content="{}")

    assert answer.json()["errorType"] == "Extension.TooManyExtensions"


async def test_registration_ends_with_the_init_phase() -> None:
    async with serve() as (session, client), asyncio.TaskGroup() as tasks:
        runtime = tasks.create_task(client.get(NEXT))
        await await_ready(session)

        answer = await client.post(REGISTER, headers={"Lambda-Extension-Name": "x"}, content="{}")

        assert answer.json()["errorType"] == "Extension.RegistrationClosed"
        runtime.cancel()


@pytest.mark.parametrize(
    ("headers", "error_type"),
    [
        ({}, "Extension.MissingExtensionIdentifier"),
        ({"Lambda-Extension-Identifier": "x"}, "Extension.InvalidExtensionIdentifier"),
        ({"Lambda-Extension-Identifier": UNKNOWN}, "Extension.UnknownExtensionIdentifier"),
    ],
)
async def test_who_is_not_known(headers: dict[str, str], error_type: str) -> None:
    async with serve() as (_, client):
        answer = await client.get(EVENT, headers=headers)

    assert (answer.status_code, answer.json()["errorType"]) == (403, error_type)


async def test_who_asks_twice_gets_two_events() -> None:
    """As one that gave up its first request and asks again, with AWS's emulator."""
    async with serve() as (session, client), asyncio.TaskGroup() as tasks:
        me = await register(client, "mine", "INVOKE")
        runtime = tasks.create_task(client.get(NEXT))
        first = tasks.create_task(client.get(EVENT, headers=me))
        await await_ready(session)
        second = tasks.create_task(client.get(EVENT, headers=me))

        hand_out_one(session).fail(failures.shutdown("r"))
        assert (await first).json()["eventType"] == "INVOKE"
        await runtime
        runtime = tasks.create_task(client.get(NEXT))
        await await_ready(session)
        assert not second.done()
        hand_out_one(session).fail(failures.shutdown("r"))

        assert (await second).json()["eventType"] == "INVOKE"
        await runtime


ERROR_TYPE = {"Lambda-Extension-Function-Error-Type": "Extension.NoConfig"}


async def test_one_that_has_failed_gets_no_event() -> None:
    async with serve() as (session, client):
        me = await register(client, "mine", "INVOKE")
        without_type = await client.post(f"{EXTENSION}/init/error", headers=me)
        failed = await client.post(f"{EXTENSION}/init/error", headers=me | ERROR_TYPE)
        event = await client.get(EVENT, headers=me)

        assert without_type.json()["errorType"] == "Extension.MissingHeader"
        assert (failed.status_code, failed.json()) == (202, {"status": "OK"})
        assert event.json()["errorType"] == "Extension.InvalidExtensionState"
        assert await session.next_event() is RuntimeEvent.EXTENSION_FAILED


async def test_an_init_error_comes_before_the_first_event() -> None:
    async with serve() as (session, client), asyncio.TaskGroup() as tasks:
        me = await register(client, "mine", "INVOKE")
        runtime = tasks.create_task(client.get(NEXT))
        waiting = tasks.create_task(client.get(EVENT, headers=me))
        await await_ready(session)

        late = await client.post(f"{EXTENSION}/init/error", headers=me | ERROR_TYPE)
        in_time = await client.post(f"{EXTENSION}/exit/error", headers=me | ERROR_TYPE)

        assert late.json()["errorType"] == "Extension.InvalidExtensionState"
        assert in_time.status_code == 202
        for task in (runtime, waiting):
            task.cancel()
