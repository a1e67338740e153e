"""A local cloud with one function, `Words`, behind every endpoint, and a gate to stop it at."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from streambda.local import EndpointKind, EndpointOptions, Limits, LocalCloud
from tests.support.endpoint_clouds import running
from tests.support.gate import Gate, serve_gate
from tests.support.local_assembly import function, rest_api, url
from tests.support.no_tls import NO_TLS

LogLines = list[tuple[str, str]]


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with serve_gate() as opened:
        yield opened


@pytest.fixture
def lines() -> LogLines:
    """What the functions have logged."""
    return []


@pytest.fixture
def resources(gate: Gate) -> dict[str, Any]:
    variables: dict[str, Any] = {"Environment": {"Variables": {"GATE": str(gate.port)}}}
    return {
        "Words": function(FunctionName="Words", **variables),
        "Hasty": function(FunctionName="Hasty", **variables, Timeout=1),
        "InitError": function("init_error", FunctionName="InitError"),
        "Exits": function("exits", FunctionName="Exits"),
        "WordsUrl": url("Words"),
        "BufferedUrl": url("Words", "BUFFERED"),
        **rest_api("Words"),
    }


@pytest.fixture
async def cloud(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines
) -> AsyncIterator[LocalCloud]:
    # At AWS's bandwidth some tests would take seconds; tests/local/limits has those.
    options = EndpointOptions(limits=Limits(lambda_rate=None, rest_rate=None))
    async with running(tmp_path, resources, options, lines, concurrency=3) as made:
        yield made


@pytest.fixture
def urls(cloud: LocalCloud) -> dict[EndpointKind, str]:
    """The streaming endpoint of every kind."""
    return {endpoint.kind: endpoint.url for endpoint in reversed(cloud.endpoints)}


@pytest.fixture
def streaming_url(urls: dict[EndpointKind, str]) -> str:
    return urls[EndpointKind.FUNCTION_URL]


@pytest.fixture
def buffered_url(cloud: LocalCloud) -> str:
    return [
        endpoint.url for endpoint in cloud.endpoints if endpoint.kind is EndpointKind.FUNCTION_URL
    ][1]


@pytest.fixture
def rest_url(urls: dict[EndpointKind, str]) -> str:
    return urls[EndpointKind.REST_API]


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20, trust_env=False, verify=NO_TLS) as client:
        yield client


class Sdk:
    """boto3's Lambda client; every call in a thread, since it blocks."""

    def __init__(self, endpoint: str) -> None:
        self._streams: list[Any] = []
        self.client = boto3.client(
            "lambda",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        self.client.close()

    async def call(self, operation: str, **arguments: Any) -> Any:
        return await asyncio.to_thread(getattr(self.client, operation), **arguments)

    async def stream(self, **arguments: Any) -> "Events":
        answer = await self.call("invoke_with_response_stream", **arguments)
        self._streams.append(answer["EventStream"])
        return Events(answer)

    async def events(self, **arguments: Any) -> list[Any]:
        return [event async for event in await self.stream(**arguments)]


class Events:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self._events = iter(answer["EventStream"])

    def __aiter__(self) -> "Events":
        return self

    async def __anext__(self) -> Any:
        event = await asyncio.to_thread(next, self._events, None)
        if event is None:
            raise StopAsyncIteration
        return event


@pytest.fixture
def sdk(cloud: LocalCloud) -> Iterator[Sdk]:
    session = Sdk(cloud.lambda_url)
    yield session
    session.close()
