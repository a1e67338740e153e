"""The control port's API as its page uses it, without a browser."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.no_tls import NO_TLS

Told = AsyncIterator[tuple[str, Any]]


class Api(httpx.AsyncClient):
    def __init__(self, base_url: str) -> None:
        super().__init__(base_url=base_url, timeout=20, trust_env=False, verify=NO_TLS)

    async def read(self, path: str) -> Any:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def invocations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.read("/api/invocations"))["invocations"]
        return found

    async def only_run(self) -> Any:
        """All of the one invocation that there was."""
        (line,) = await self.invocations()
        return await self.read(f"/api/invocations/{line['request_id']}")

    async def invoke(self, **order: Any) -> Any:
        answer = await self.post("/api/invoke", json=order)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @asynccontextmanager
    async def events(self) -> AsyncIterator[Told]:
        """Name and data of each server-sent event."""
        async with self.stream("GET", "/api/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield _events(answer)


async def _events(answer: httpx.Response) -> Told:
    name = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


# The log comes when it comes, and what is read in it.
OF_THE_LOG = {"log", "cold-start"}


def kinds(run: Any) -> list[str]:
    """What happened, without the log."""
    return [event["kind"] for event in run["events"] if event["kind"] not in OF_THE_LOG]


async def until(told: Told, kind: str) -> Any:
    """The next timeline event of a kind."""
    async for name, data in told:
        if name == "timeline" and data["event"]["kind"] == kind:
            return data["event"]
    raise AssertionError(f"the feed ended before {kind}")
