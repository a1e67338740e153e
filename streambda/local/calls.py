"""What a program asks a running cloud for: the URL of an endpoint, a function, its response."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from streambda.local.http.request import new_trace_id
from streambda.local.http.streamed_response import discard
from streambda.local.invocation.service import LambdaService, TooManyRequests
from streambda.local.invocation.stream import InvocationRequest
from streambda.local.model.endpoints import Endpoint, EndpointKind
from streambda.local.model.errors import InvocationFailed, LocalCloudError
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError


def find_function_url(endpoints: Iterable[Endpoint], function: LocalFunction) -> str:
    """The function's URL; of several the first that streams. Raises `LocalCloudError`."""
    urls = [endpoint for endpoint in endpoints if endpoint.kind is EndpointKind.FUNCTION_URL]
    found = [endpoint for endpoint in urls if endpoint.name == function.name]
    if not found:
        raise LocalCloudError(
            f"{function.name} has no function URL, expected one of {_list_names(urls)}"
        )
    return min(found, key=lambda endpoint: not endpoint.streams).url


def find_rest_api(endpoints: Iterable[Endpoint], name: str | None, stage: str | None) -> str:
    """The URL of an API's stage; neither has to be named if there is only one.

    Raises `LocalCloudError`.
    """
    known = [endpoint for endpoint in endpoints if endpoint.kind is EndpointKind.REST_API]
    found = [
        endpoint
        for endpoint in known
        if name in {None, endpoint.name.rpartition("/")[0], endpoint.id.split("/")[-2]}
        and stage in {None, endpoint.name.rpartition("/")[2]}
    ]
    if not known:
        raise LocalCloudError("the app has no REST API")
    if len(found) != 1:
        asked = f"{name or '*'}/{stage or '*'}"
        raise LocalCloudError(
            f"{len(found)} REST APIs match {asked}, expected one of {_list_names(known)}"
        )
    return found[0].url


def find_function(names: FunctionNames, name: str) -> LocalFunction:
    """Raises `LocalCloudError`."""
    try:
        return names.find(name)
    except AwsError as error:
        known = ", ".join(names.known) or "none: the app has no functions"
        raise LocalCloudError(f"no function {name!r}, expected one of {known}") from error


async def invoke_stream(
    service: LambdaService, tasks: asyncio.TaskGroup, function: LocalFunction, event: Any
) -> AsyncGenerator[bytes]:
    """The function's bytes as they come; if they are not read to the end, the function runs on.

    Args: `event` is a value to encode as JSON, or bytes that are JSON.

    Raises `InvocationFailed`, after the bytes that came before the failure.
    """
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    try:
        request = InvocationRequest(
            request_id=str(uuid.uuid4()),
            function_arn=function.arn,
            event=data,
            trace_id=new_trace_id(),
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


def _list_names(endpoints: Iterable[Endpoint]) -> str:
    return ", ".join(sorted({endpoint.name for endpoint in endpoints})) or "none"
