"""Clouds with endpoints to one's liking, for tests that need another one than the fixture's."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from streambda.local import EndpointKind, EndpointOptions, LocalCloud
from tests.support.local_assembly import function, integration, method, resource, write_assembly

SMALL = Path(__file__).with_name("small_runtime.py")

ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}
STREAM = ("2021-11-15/functions/{arn}/response-streaming-invocations", "STREAM")
BUFFER = ("2015-03-31/functions/{arn}/invocations", "BUFFERED")


def small_function(handler: str) -> dict[str, Any]:
    return function(handler, Code={"S3Bucket": "assets", "S3Key": "small.zip"})


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


def of_api(kind: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": f"AWS::ApiGateway::{kind}",
        "Properties": {"RestApiId": {"Ref": "Api"}, **properties},
    }
