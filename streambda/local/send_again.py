"""Sends the event of a record to the same function, and records what it answers this time.

By InvokeWithResponseStream of Lambda's API: the function gets exactly the recorded event.
"""

import asyncio
import json
import os
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from streambda.local.console.http_client import build_invoke_request
from streambda.local.endpoints.lambda_api.eventstream import CONTENT_TYPE
from streambda.local.http.client_connection import BROKEN, ClientConnection
from streambda.local.http.headers import REQUEST_ID
from streambda.local.http.prelude import is_prelude_type
from streambda.local.http.web_pages import is_loopback
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationRequest, ResponseHead
from streambda.local.model.errors import LocalCloudError
from streambda.local.records.record import InvocationRecord
from streambda.local.records.recording_observer import RecordingObserver

# The ErrorCode of a function that took too long, in an error document.
TIMED_OUT = "Sandbox.Timedout"


class _NoEventStream(Exception):
    """Some other server has answered."""


def check_lambda_url(url: str) -> None:
    """Raises `LocalCloudError` if it is not an address of a local cloud: events go to no other."""
    parts = urlsplit(url)
    try:
        is_local = parts.scheme == "http" and parts.port and is_loopback(parts.hostname or "")
    except ValueError:
        is_local = False
    if not is_local:
        raise LocalCloudError(
            f"--to is {url!r}, expected the Lambda API of a local cloud, such as "
            "http://127.0.0.1:8000"
        )


async def send_again(
    record: InvocationRecord, lambda_url: str, function: str | None = None
) -> InvocationRecord:
    """What the function answers now, with its times.

    Args: `function` is the name to send to; that of the record by default.
    Raises `LocalCloudError` when there is no answer, or Lambda's API refuses.
    """
    name = function or record.function
    request = build_invoke_request(lambda_url, name, record.event.data)
    connection = ClientConnection()
    data = connection.encode(request.to_message())
    url = urlsplit(lambda_url)
    try:
        connection.reader, writer = await asyncio.open_connection(url.hostname, url.port)
    except OSError as error:
        # asyncio has a text of its own, with the address that is there already.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        message = f"cannot connect to {lambda_url}: {reason}; is `streambda local` running?"
        raise LocalCloudError(message) from None
    try:
        writer.write(data)
        answer = await _read_answer(connection, record, name)
    except _NoEventStream:
        message = (
            f"what answers at {lambda_url} is not the Lambda API of a local cloud, "
            "expected the first address that `streambda local` prints"
        )
        raise LocalCloudError(message) from None
    except BROKEN:
        message = f"{lambda_url} closed the connection before its answer was whole"
        raise LocalCloudError(message) from None
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return answer


async def _read_answer(
    connection: ClientConnection, record: InvocationRecord, function: str
) -> InvocationRecord:
    head = await connection.read_head()
    if head.status_code != 200:
        body = b"".join([part async for part in connection.read_body()])
        raise LocalCloudError(f"{function}: {_read_message(body, head.status_code)}")
    headers = dict(head.headers)
    if headers.get(b"content-type") != CONTENT_TYPE.encode():
        raise _NoEventStream
    answers: list[RecordingObserver] = []
    observer = RecordingObserver(
        InvocationRequest(
            request_id=headers.get(REQUEST_ID, b"").decode(),
            function_arn="",
            event=record.event.data,
            trace_id="",
        ),
        function,
        record.endpoint,
        answers.append,
        prelude_limit=None,
        masked=record.masked,
    )
    # Where a prelude was recorded as a part of the body, as by Lambda's API, it is one here too.
    content_type: str | None = record.content_type or ""
    if record.prelude is None and is_prelude_type(record.content_type or ""):
        content_type = ""
    buffer = _make_buffer()
    async for part in connection.read_body():
        buffer.add_data(part)
        for message in buffer:
            event = message.to_response_dict()
            if event["headers"][":event-type"] == "PayloadChunk":
                if content_type is not None:
                    observer.observe_head(ResponseHead(content_type=content_type))
                    content_type = None
                observer.observe_chunk(event["body"])
            else:
                observer.observe_end(*_read_end(event["body"]))
    if not answers:
        raise LocalCloudError(f"{function}: the answer was cut")
    return answers[0].make_record()


def _make_buffer() -> Any:
    try:
        from botocore.eventstream import EventStreamBuffer
    except ModuleNotFoundError:
        message = "to send events again needs boto3; install it: pip install boto3"
        raise LocalCloudError(message) from None
    return EventStreamBuffer()


def _read_end(body: bytes) -> tuple[State, Failure | None]:
    document = json.loads(body)
    code = document.get("ErrorCode")
    if code is None:
        return State.COMPLETED, None
    failure = Failure(code=code, details=document.get("ErrorDetails"))
    is_late = TIMED_OUT in (failure.details or "")
    return (State.TIMED_OUT if is_late else State.FAILED), failure


def _read_message(body: bytes, status: int) -> str:
    try:
        document = json.loads(body)
        return str(document.get("Message") or document["message"])
    except (ValueError, LookupError, AttributeError, TypeError):
        return f"Lambda's API has answered {status}"
