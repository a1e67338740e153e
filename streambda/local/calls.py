"""What a program may ask of a running cloud: where an endpoint is, and what a function answers."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from streambda.local.http.streamed_response import discard
from streambda.local.invocation.service import LambdaService, TooManyRequests
from streambda.local.invocation.stream import InvocationRequest
from streambda.local.model.endpoints import Endpoint, EndpointKind
from streambda.local.model.errors import InvocationFailed, LocalCloudError
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError


def function_url(endpoints: Iterable[Endpoint], function: LocalFunction) -> str:
    """The function's URL; of several the first that streams. Raises `LocalCloudError`."""
    urls = [endpoint for endpoint in endpoints if endpoint.kind is EndpointKind.FUNCTION_URL]
    found = [endpoint for endpoint in urls if endpoint.name == function.name]
    if not found:
        raise LocalCloudError(f"{function.name} has no function URL; those are of {_names(urls)}")
    return min(found, key=lambda endpoint: not endpoint.streams).url


def rest_api(endpoints: Iterable[Endpoint], name: str | None, stage: str | None) -> str:
    """Neither need be named if there is only one. Raises `LocalCloudError`."""
    known = [endpoint for endpoint in endpoints if endpoint.kind is EndpointKind.REST_API]
    wanted = [(name, 0), (stage, 1)]
    found = [
        endpoint
        for endpoint in known
        if all(part is None or endpoint.name.rsplit("/", 1)[at] == part for part, at in wanted)
    ]
    if len(found) != 1:
        asked = "/".join(part or "*" for part, _ in wanted)
        raise LocalCloudError(f"{len(found)} REST APIs are {asked}, expected one: {_names(known)}")
    return found[0].url


def find(names: FunctionNames, name: str) -> LocalFunction:
    """Raises `LocalCloudError`."""
    try:
        return names.find(name)
    except AwsError as error:
        raise LocalCloudError(str(error)) from error


async def invoke_stream(
    service: LambdaService, tasks: asyncio.TaskGroup, function: LocalFunction, event: Any
) -> AsyncGenerator[bytes]:
    """The function's bytes as they come; left early, the function runs on. `event` is JSON, or
    bytes that hold some. Raises `InvocationFailed`, behind the bytes that came before."""
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    try:
        request_id = str(uuid.uuid4())
        request = InvocationRequest(
            request_id=request_id,
            function_arn=function.arn,
            event=data,
            trace_id=f"Root={request_id}",
        )
        stream = service.invoke(function, request)
    except TooManyRequests as error:
        raise InvocationFailed("TooManyRequestsException", str(error)) from error
    try:
        while (chunk := await stream.read_chunk()) is not None:
            yield chunk
    finally:
        if not stream.lifecycle.ended:
            tasks.create_task(discard(stream))
    if stream.failure:
        raise InvocationFailed(stream.failure.code, stream.failure.details)


def _names(endpoints: Iterable[Endpoint]) -> str:
    return ", ".join(sorted({endpoint.name for endpoint in endpoints})) or "nobody"
