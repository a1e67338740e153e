"""A runtime as one can write it in an afternoon: http.client, json, a chunked POST.

It is plain and correct, and not made for speed: the usual answer to "how do I stream from Python?".
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from http.client import HTTPConnection
from typing import Any

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
BASE = "/2018-06-01/runtime/invocation"
PRELUDE = json.dumps(
    {"statusCode": 200, "headers": {"content-type": "application/octet-stream"}}
).encode() + bytes(8)


def load(spec: str) -> Callable[[Any, Any], Iterable[bytes]]:
    module, _, name = spec.rpartition(".")
    handler: Callable[[Any, Any], Iterable[bytes]] = getattr(importlib.import_module(module), name)
    return handler


def write_chunk(connection: HTTPConnection, data: bytes) -> None:
    connection.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def respond(connection: HTTPConnection, request_id: str, chunks: Iterable[bytes]) -> None:
    connection.putrequest("POST", f"{BASE}/{request_id}/response")
    connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    connection.putheader("Content-Type", "application/vnd.awslambda.http-integration-response")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    write_chunk(connection, PRELUDE)
    for data in chunks:
        write_chunk(connection, data)
    connection.send(b"0\r\n\r\n")
    connection.getresponse().read()


def report(connection: HTTPConnection, request_id: str, error: Exception) -> None:
    body = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
    connection.request("POST", f"{BASE}/{request_id}/error", body)
    connection.getresponse().read()


def serve(connection: HTTPConnection, handler: Callable[[Any, Any], Iterable[bytes]]) -> None:
    connection.request("GET", f"{BASE}/next")
    response = connection.getresponse()
    request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(response.read())
    try:
        chunks = handler(event, None)
    except Exception as error:
        traceback.print_exc()
        report(connection, request_id, error)
    else:
        respond(connection, request_id, chunks)


def main() -> None:
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    handler = load(os.environ["_HANDLER"])
    connection = HTTPConnection(API)
    while True:
        serve(connection, handler)


if __name__ == "__main__":
    main()
