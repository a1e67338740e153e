"""The console's API as its page uses it, without a browser."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.no_tls import NO_TLS

# Name and data of server-sent events.
SseEvents = AsyncIterator[tuple[str, Any]]


class ConsoleClient(httpx.AsyncClient):
    def __init__(self, base_url: str) -> None:
        super().__init__(base_url=base_url, timeout=20, trust_env=False, verify=NO_TLS)

    async def get_json(self, path: str) -> Any:
        response = await self.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    async def list_invocations(self) -> list[dict[str, Any]]:
        summaries: list[dict[str, Any]] = (await self.get_json("/api/invocations"))["invocations"]
        return summaries

    async def get_invocation(self, request_id: str) -> Any:
        return await self.get_json(f"/api/invocations/{request_id}")

    async def get_only_invocation(self) -> Any:
        """All about the one invocation that there was."""
        (summary,) = await self.list_invocations()
        return await self.get_invocation(summary["request_id"])

    async def invoke(self, **body: Any) -> Any:
        response = await self.post("/api/invoke", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    @asynccontextmanager
    async def stream_events(self) -> AsyncIterator[SseEvents]:
        async with self.stream("GET", "/api/events") as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            yield parse_sse(response)


async def parse_sse(response: httpx.Response) -> SseEvents:
    name = ""
    async for line in response.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


# At what moment these come does not depend on the response.
AT_ANY_TIME = {"log", "cold-start"}


def list_kinds(invocation: Any) -> list[str]:
    """The kinds of the events, without those that may come at any time."""
    kinds = [event["kind"] for event in invocation["events"]]
    return [kind for kind in kinds if kind not in AT_ANY_TIME]


async def wait_for_event(events: SseEvents, kind: str) -> Any:
    """The next timeline event of this kind."""
    async for name, data in events:
        if name == "timeline" and data["event"]["kind"] == kind:
            return data["event"]
    raise AssertionError(f"the server-sent events ended before one of kind {kind}")
