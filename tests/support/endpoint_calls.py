"""Calls the same function through its endpoints: Lambda API (boto3), Function URL, REST API."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.gate import serve_gate

REST, URL = "rest", "url"


class FunctionLog:
    """The functions' log lines, as they come. It is the `on_log` of a local cloud."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._changed = asyncio.Event()

    def __call__(self, function: str, line: str) -> None:
        self._lines.append(line)
        self._changed.set()

    async def wait_for(self, text: str) -> None:
        """Returns once a line contains `text`."""
        async with asyncio.timeout(20):
            while not any(text in line for line in self._lines):
                self._changed.clear()
                await self._changed.wait()


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Clients of one local cloud."""

    http: httpx.AsyncClient
    boto3: Any
    rest: str
    function_urls: Mapping[str, str]
    log: FunctionLog

    def address(self, endpoint: str, handler: str) -> str:
        """The URL of `handler`, through the REST API or its Function URL."""
        return f"{self.rest}{handler}" if endpoint == REST else self.function_urls[handler]

    async def read_at_gate(
        self, endpoint: str, handler: str
    ) -> tuple[httpx.Response, bytes, bytes]:
        """The response, what came of it while the function stood at its gate, and the rest."""
        address = self.address(endpoint, handler)
        async with (
            serve_gate() as gate,
            self.http.stream("GET", address, params={"gate": gate.port}) as response,
        ):
            chunks = response.aiter_raw()
            first = await anext(chunks)
            await gate.open()
            return response, first, b"".join([data async for data in chunks])

    async def events_at_gate(self, handler: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The same through boto3: the first event, and the rest."""
        async with serve_gate() as gate:
            events = self.stream_events(handler, {"gate": gate.port})
            first = await anext(events)
            await gate.open()
            return first, [event async for event in events]

    async def stream_events(
        self, handler: str, event: Mapping[str, Any]
    ) -> AsyncIterator[dict[str, Any]]:
        """The events of boto3's invoke_with_response_stream, each as soon as boto3 gives it."""
        answer = await asyncio.to_thread(
            self.boto3.invoke_with_response_stream, FunctionName=handler, Payload=json.dumps(event)
        )
        stream = iter(answer["EventStream"])
        while (stream_event := await asyncio.to_thread(next, stream, None)) is not None:
            yield stream_event

    async def invoke_streaming(
        self, handler: str, event: Mapping[str, Any]
    ) -> tuple[bytes, dict[str, Any]]:
        """Reads a whole stream through boto3. Returns its bytes, and InvokeComplete."""
        events = [one async for one in self.stream_events(handler, event)]
        payload = b"".join(
            one["PayloadChunk"]["Payload"] for one in events if "PayloadChunk" in one
        )
        assert [list(one) for one in events[-1:]] == [["InvokeComplete"]]
        return payload, events[-1]["InvokeComplete"]
