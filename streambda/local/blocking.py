"""A local cloud for code without an event loop, such as an ordinary test: a thread runs it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from streambda.local.cloud import LocalCloud
from streambda.local.cloud_from_app import local_cloud
from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.endpoints import Endpoint, EndpointKind
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.missing_extra import explain_missing

# A client waits for as long as a function may run: `Timeout` of CreateFunction.
READ_TIMEOUT_S = 1_800

Result = TypeVar("Result")


class BlockingCloud:
    """A running cloud, from `blocking_cloud`."""

    def __init__(
        self, cloud: LocalCloud, loop: asyncio.AbstractEventLoop, lines: list[LogLine]
    ) -> None:
        self._cloud = cloud
        self._loop = loop
        self.lines = lines  # what functions have logged so far, in order

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return self._cloud.endpoints

    @property
    def functions(self) -> tuple[LocalFunction, ...]:
        return self._cloud.functions

    @property
    def unresolved(self) -> Mapping[str, Mapping[str, str]]:
        """By function the variables that are known only after deployment, and what they need."""
        return self._cloud.unresolved

    @property
    def unsupported(self) -> tuple[UnsupportedResource, ...]:
        """Resources that are not emulated, and errors in the template."""
        return self._cloud.unsupported

    @property
    def credentials(self) -> str:
        """A text that says which AWS credentials functions have."""
        return self._cloud.credentials

    @property
    def lambda_url(self) -> str:
        """The endpoint for an SDK's Lambda client."""
        return self._cloud.lambda_url

    def function_url(self, name: str) -> str:
        """The URL of a function by its name, its id in the stack or its logical id.

        Raises `LocalCloudError`.
        """
        __tracebackhide__ = True
        return _call(self._cloud.function_url, name)

    def rest_api(self, name: str | None = None, stage: str | None = None) -> str:
        """The URL of an API's stage; neither has to be named if there is only one.

        Raises `LocalCloudError`.
        """
        __tracebackhide__ = True
        return _call(self._cloud.rest_api, name, stage)

    def lambda_client(self, **arguments: Any) -> Any:
        """boto3's client for this cloud's Lambda. Raises `ImportError` without boto3."""
        try:
            import boto3
            from botocore.config import Config
        except ModuleNotFoundError as error:
            raise explain_missing(error, "boto3") from error

        # A retry would run the function again, and a proxy is of no use on loopback.
        config = Config(read_timeout=READ_TIMEOUT_S, retries={"total_max_attempts": 1}, proxies={})
        defaults = {
            "endpoint_url": self.lambda_url,
            "region_name": find_region(self.endpoints),
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
            "config": config,
        }
        return boto3.client("lambda", **(defaults | arguments))

    def invoke(self, name: str, event: Any = None) -> bytes:
        """The function's whole response. Raises `InvocationFailed`."""
        __tracebackhide__ = True
        return b"".join(self.invoke_stream(name, event))

    def invoke_stream(self, name: str, event: Any = None) -> Iterator[bytes]:
        """The function's bytes as they come. Raises `InvocationFailed` after the last."""
        __tracebackhide__ = True
        stream = self._cloud.invoke_stream(name, event)
        try:
            while (chunk := self._run(anext(stream, None))) is not None:
                yield chunk
        finally:
            self._run(stream.aclose())

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        __tracebackhide__ = True
        return _call(asyncio.run_coroutine_threadsafe(work, self._loop).result)


def _call(function: Callable[..., Result], *arguments: Any) -> Result:
    """An error of a user is raised without the frames of this program: pytest shows the test's."""
    __tracebackhide__ = True
    try:
        return function(*arguments)
    except LocalCloudError as error:
        raise error.with_traceback(None) from None


def find_region(endpoints: Iterable[Endpoint]) -> str:
    """Of Lambda's API: that of the first function."""
    return next(one.region for one in endpoints if one.kind is EndpointKind.LAMBDA_API)


@contextmanager
def blocking_cloud(**arguments: Any) -> Iterator[BlockingCloud]:
    """Takes what `local_cloud` takes, and raises what that raises."""
    lines: list[LogLine] = []
    arguments.setdefault("lines", lines.append)
    started: Future[tuple[LocalCloud, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        async with local_cloud(**arguments) as cloud:
            stop = asyncio.Event()
            started.set_result((cloud, asyncio.get_running_loop(), stop))
            await stop.wait()

    with ThreadPoolExecutor(1, "streambda") as thread:
        # An error before it is up is raised by `started`, one after that by `ended`.
        ended = thread.submit(run_cloud, serve, started)
        cloud, loop, stop = started.result()
        try:
            yield BlockingCloud(cloud, loop, lines)
        finally:
            loop.call_soon_threadsafe(stop.set)
            ended.result()


def run_cloud(serve: Callable[[], Coroutine[Any, Any, None]], started: Future[Any]) -> None:
    try:
        asyncio.run(serve())
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)
