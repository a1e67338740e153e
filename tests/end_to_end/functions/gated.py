"""Handlers of the end-to-end tests. Some wait at a gate of the test (tests/support/gate.py)."""

import json
import os
import socket
from collections.abc import Iterator
from typing import Any

from streambda_runtime import Context, StreamingResponse

HEADERS = [("X-Custom", "yes"), ("X-Twice", "1"), ("X-Twice", "2")]


def read_parameters(event: dict[str, Any]) -> dict[str, Any]:
    """From the query, or on a direct invoke from the event itself."""
    if "requestContext" not in event:
        return event
    return event.get("queryStringParameters") or {}


def wait_at(gate: Any) -> None:
    with socket.create_connection(("127.0.0.1", int(gate)), timeout=30) as waiting:
        waiting.recv(1)


def two_chunks(event: dict[str, Any], context: Context) -> StreamingResponse:
    def chunks() -> Iterator[str]:
        yield "first\n"
        wait_at(read_parameters(event)["gate"])
        yield "second\n"

    return StreamingResponse(
        chunks(), 201, HEADERS, "text/event-stream", cookies=["a=1; Path=/", "b=2; HttpOnly"]
    )


def fails(event: dict[str, Any], context: Context) -> Iterator[str]:
    parameters = read_parameters(event)
    if parameters["at"] == "start":
        raise ValueError("before the first byte")
    yield "first\n"
    if "gate" in parameters:
        wait_at(parameters["gate"])
    if parameters["at"] == "exit":
        os._exit(9)
    if parameters["at"] == "int":
        yield 7  # type: ignore[misc]  # an int, which a handler must not yield
    if parameters["at"] == "midstream":
        raise KeyError("in the middle")


def document(event: dict[str, Any], context: Context) -> dict[str, Any]:
    if "requestContext" not in event:
        return {"sentence": event.get("sentence"), "function": context.function_name}
    seen = {key: event.get(key) for key in ("version", "body", "isBase64Encoded", "pathParameters")}
    return {"statusCode": 202, "headers": {"X-Kind": "document"}, "body": json.dumps(seen)}


def binary(event: dict[str, Any], context: Context) -> StreamingResponse:
    return StreamingResponse((bytes([number]) * 3 for number in range(256)), media_type="image/png")


def empty(event: dict[str, Any], context: Context) -> StreamingResponse:
    return StreamingResponse((), 204)
