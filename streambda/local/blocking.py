"""A local cloud for code without an event loop, such as an ordinary test: a thread has one."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from streambda.local.cloud import LocalCloud
from streambda.local.from_app import local_cloud
from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.endpoints import Endpoint
from streambda.local.model.functions import LocalFunction

Result = TypeVar("Result")


class BlockingCloud:
    """A running cloud. Made by `blocking_cloud`."""

    def __init__(
        self, cloud: LocalCloud, loop: asyncio.AbstractEventLoop, lines: list[LogLine]
    ) -> None:
        self._cloud = cloud
        self._loop = loop
        self.lines = lines  # of the functions, in order; it grows

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return self._cloud.endpoints

    @property
    def functions(self) -> tuple[LocalFunction, ...]:
        return self._cloud.functions

    @property
    def lambda_url(self) -> str:
        """The endpoint for an SDK's Lambda client."""
        return self._cloud.lambda_url

    def function_url(self, name: str) -> str:
        """By the function's name, its id in the stack or its logical id.

        Raises `LocalCloudError`.
        """
        return self._cloud.function_url(name)

    def rest_api(self, name: str | None = None, stage: str | None = None) -> str:
        """The URL of a stage; neither need be named if there is one. Raises `LocalCloudError`."""
        return self._cloud.rest_api(name, stage)

    def lambda_client(self, **arguments: Any) -> Any:
        """boto3's client for Lambda, pointed here. Raises `ImportError` where there is no boto3."""
        import boto3
        from botocore.config import Config

        # A retry would run the function again, and a proxy is of no use on loopback.
        config = Config(read_timeout=900, retries={"total_max_attempts": 1}, proxies={})
        given = {
            "endpoint_url": self.lambda_url,
            "region_name": "us-east-1",
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
            "config": config,
        }
        return boto3.client("lambda", **(given | arguments))

    def invoke(self, name: str, event: Any = None) -> bytes:
        """The function's whole answer. Raises `InvocationFailed`."""
        return b"".join(self.invoke_stream(name, event))

    def invoke_stream(self, name: str, event: Any = None) -> Iterator[bytes]:
        """The function's bytes as they come. Raises `InvocationFailed` behind the last of them."""
        stream = self._cloud.invoke_stream(name, event)
        try:
            while (chunk := self._call(anext(stream, None))) is not None:
                yield chunk
        finally:
            self._call(stream.aclose())

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@contextmanager
def blocking_cloud(**arguments: Any) -> Iterator[BlockingCloud]:
    """Takes what `local_cloud` takes, and raises what that raises."""
    lines: list[LogLine] = []
    arguments.setdefault("lines", lines.append)
    up: Future[tuple[LocalCloud, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def live() -> None:
        async with local_cloud(**arguments) as cloud:
            stop = asyncio.Event()
            up.set_result((cloud, asyncio.get_running_loop(), stop))
            await stop.wait()

    with ThreadPoolExecutor(1, "streambda") as thread:
        # What goes wrong before it is up is what `up` raises, and behind that what `ended` does.
        ended = thread.submit(run, live, up)
        cloud, loop, stop = up.result()
        try:
            yield BlockingCloud(cloud, loop, lines)
        finally:
            loop.call_soon_threadsafe(stop.set)
            ended.result()


def run(live: Callable[[], Coroutine[Any, Any, None]], up: Future[Any]) -> None:
    try:
        asyncio.run(live())
    except BaseException as error:
        if up.done():
            raise
        up.set_exception(error)
