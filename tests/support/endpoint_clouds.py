"""Local clouds with chosen resources and options: one for a test, or one for many in a thread."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from streambda.local import EndpointKind, EndpointOptions, LocalCloud
from tests.support.local_assembly import function, integration, method, resource, write_assembly

SMALL = Path(__file__).with_name("small_runtime.py")

ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}
STREAM = ("2021-11-15/functions/{arn}/response-streaming-invocations", "STREAM")
BUFFER = ("2015-03-31/functions/{arn}/invocations", "BUFFERED")


def small_function(handler: str, **properties: Any) -> dict[str, Any]:
    return function(handler, Code={"S3Bucket": "assets", "S3Key": "small.zip"}, **properties)


@asynccontextmanager
async def running(
    folder: Path,
    resources: Mapping[str, Any],
    options: EndpointOptions | None = None,
    lines: list[tuple[str, str]] | None = None,
    **arguments: Any,
) -> AsyncIterator[LocalCloud]:
    small = folder / "small"
    small.mkdir(parents=True)
    bootstrap = small / "bootstrap"
    bootstrap.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S -u "{SMALL}"\n')
    bootstrap.chmod(0o755)
    written = write_assembly(folder / "cdk.out", resources, assets={"small.zip": small})
    said = lines if lines is not None else []
    log = arguments.pop("log", lambda name, line: said.append((name, line)))
    async with LocalCloud(written, options=options, log=log, **arguments) as cloud:
        yield cloud


@contextmanager
def running_in_thread(
    folder: Path, resources: Mapping[str, Any], options: EndpointOptions | None = None, **more: Any
) -> Iterator[LocalCloud]:
    """For tests that share a cloud: it has an event loop of its own, as each of them has."""
    started: Future[tuple[LocalCloud, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        async with running(folder, resources, options, **more) as cloud:
            started.set_result((cloud, asyncio.get_running_loop(), stop))
            await stop.wait()

    with ThreadPoolExecutor(1) as thread:
        ended = thread.submit(asyncio.run, serve())
        # An error before it has started ends the thread, and this wait with it.
        ended.add_done_callback(lambda _: started.cancel())
        cloud, loop, stop = started.result()
        try:
            yield cloud
        finally:
            loop.call_soon_threadsafe(stop.set)
            ended.result()


def url_of(cloud: LocalCloud, kind: EndpointKind) -> str:
    return next(endpoint.url for endpoint in cloud.endpoints if endpoint.kind is kind)


def api(target: str, *, mode: tuple[str, str] = STREAM, **properties: Any) -> dict[str, Any]:
    """/prod/{proxy+} with properties of its one method."""
    wired = {**integration(target, *mode), **properties.pop("Integration", {})}
    any_method = method("Proxy", "ANY", wired)
    any_method["Properties"] |= properties
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Api"}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
        },
        "Proxy": resource(ROOT, "{proxy+}"),
        "ProxyAny": any_method,
    }


def http_api(target: str, **properties: Any) -> dict[str, Any]:
    """An HTTP API with properties of its one route, at the root of its port."""
    api_id = {"ApiId": {"Ref": "Http"}}
    uri = {"Fn::GetAtt": [target, "Arn"]}
    calls = {"Fn::Join": ["/", ["integrations", {"Ref": "HttpCalls"}]]}
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "Http": ("Api", {"Name": "Http", "ProtocolType": "HTTP"}),
        "HttpStage": ("Stage", {**api_id, "StageName": "$default"}),
        "HttpCalls": (
            "Integration",
            {**api_id, "IntegrationUri": uri, "PayloadFormatVersion": "2.0"},
        ),
        "HttpRoute": ("Route", {**api_id, "RouteKey": "$default", "Target": calls, **properties}),
    }
    return {
        name: {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": given}
        for name, (kind, given) in kinds.items()
    }


def of_api(kind: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": f"AWS::ApiGateway::{kind}",
        "Properties": {"RestApiId": {"Ref": "Api"}, **properties},
    }
