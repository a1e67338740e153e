"""A response on its way from the runtime to its stream: as it comes, or whole, and its trailers.

The choice is the runtime's, by a header or by its chunks. What it announces and does not keep fails
the invocation.
"""

from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterator, Mapping

from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.stream import InvocationStream, ResponseHead
from streambda.local.runtime_api.connection import HttpConnection
from streambda.local.runtime_api.errors import RuntimeApiError
from streambda.local.runtime_api.requests import HttpRequest

OK = b'{"status": "OK"}\n'

# 6 MiB of payload and 100 bytes of envelope: the emulator that AWS publishes counts the same way.
BUFFERED_RESPONSE_BYTES = 6 * 1024 * 1024 + 100

# Lambda's HTTP server refuses a longer trailer section: net/http of Go reads it through a buffer
# of this size ("suspiciously long trailer after chunked body").
TRAILER_SECTION_BYTES = 4096

MODE = "lambda-runtime-function-response-mode"
ERROR_TYPE = "lambda-runtime-function-error-type"
ERROR_BODY = "lambda-runtime-function-error-body"

# What runtimes write into the body that send trailers as if they were data.
TRAILER_TEXT = f"{ERROR_TYPE}:".encode()

DEFAULT_CONTENT_TYPE = "application/octet-stream"

Receive = Callable[[InvocationStream, HttpRequest, HttpConnection], Awaitable[None]]


async def stream_response(
    stream: InvocationStream, request: HttpRequest, connection: HttpConnection
) -> None:
    stream.respond(ResponseHead(content_type=content_type(request)))
    before = last = b""
    async for data in connection.body():
        before, last = last, data
        await stream.write(data)
    trailers = connection.trailers
    if count_trailer_bytes(trailers) > TRAILER_SECTION_BYTES:
        stream.fail(failures.truncated_response())
        message = f"the trailer section has more than {TRAILER_SECTION_BYTES} bytes"
        raise RuntimeApiError(400, "TruncatedHTTPRequest", message)
    if failure := read_trailer_failure(trailers, request.headers.get("trailer", "")):
        stream.fail(failure)
    else:
        for remark in find_lost_trailers(before + last, trailers):
            stream.remark(remark)
        stream.complete()
    await connection.answer(202, OK)


def find_lost_trailers(end_of_body: bytes, trailers: Mapping[str, str]) -> Iterator[str]:
    """An error that a runtime meant to report, but that no client gets."""
    if TRAILER_TEXT in end_of_body[-2 * TRAILER_SECTION_BYTES :].lower():
        yield "its error is text at the end of the body, not a trailer: clients see a success"
    if ERROR_TYPE in trailers or ERROR_BODY in trailers:
        yield "its error trailers are dropped, `Trailer` does not announce them: a success"


async def collect_response(
    stream: InvocationStream, request: HttpRequest, connection: HttpConnection
) -> None:
    body = await read_payload(stream, connection)
    stream.respond(ResponseHead(content_type=content_type(request)))
    # The answer must not wait for a slow client: the runtime has nothing left to send.
    stream.put(body)
    stream.complete()
    await connection.answer(202, OK)


async def refuse_mode(
    stream: InvocationStream, request: HttpRequest, connection: HttpConnection
) -> None:
    mode = request.headers[MODE]
    stream.fail(failures.invalid_response_mode(mode))
    message = f"Lambda-Runtime-Function-Response-Mode is {mode!r}, expected 'streaming'"
    raise RuntimeApiError(400, "InvalidFunctionResponseMode", message)


# By Lambda-Runtime-Function-Response-Mode.
RECEIVERS: Mapping[str | None, Receive] = {"streaming": stream_response, None: collect_response}


def choose_receiver(request: HttpRequest) -> Receive:
    """Lambda takes each response as it comes. Runtimes that stream say so, but those in Go do not:
    theirs are recognised by their chunks."""
    mode = request.headers.get(MODE)
    if mode is None and "chunked" in request.headers.get("transfer-encoding", "").lower():
        return stream_response
    return RECEIVERS.get(mode, refuse_mode)


async def read_payload(stream: InvocationStream, connection: HttpConnection) -> bytes:
    """All that an invocation ends with. Raises `RuntimeApiError`, and fails it, beyond 6 MB."""
    try:
        return await read_body(connection)
    except RuntimeApiError:
        stream.fail(failures.response_too_large(BUFFERED_RESPONSE_BYTES))
        raise


async def read_body(connection: HttpConnection) -> bytes:
    """Raises `RuntimeApiError` beyond 6 MB: one function must not fill the memory of all."""
    body = bytearray()
    async for data in connection.body():
        body += data
        if len(body) > BUFFERED_RESPONSE_BYTES:
            message = f"the response has more than {BUFFERED_RESPONSE_BYTES} bytes"
            raise RuntimeApiError(413, "RequestEntityTooLarge", message)
    return bytes(body)


def content_type(request: HttpRequest) -> str:
    return request.headers.get("content-type", DEFAULT_CONTENT_TYPE)


def count_trailer_bytes(trailers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) + len(": \r\n") for name, value in trailers.items()) + 2


def read_trailer_failure(trailers: Mapping[str, str], declared: str) -> Failure | None:
    """The error that the trailers report. Lambda drops what `Trailer` did not announce."""
    if not trailers:
        return None
    names = {name.strip().lower() for name in declared.split(",")}
    honoured = {name: value for name, value in trailers.items() if name in names}
    if ERROR_TYPE not in honoured and ERROR_BODY not in honoured:
        return None
    return Failure(
        code=honoured.get(ERROR_TYPE, failures.UNHANDLED),
        details=decode_error_body(honoured.get(ERROR_BODY)),
    )


def decode_error_body(value: str | None) -> str | None:
    """The text in base64; what is not base64 is shown as it came."""
    if value is None:
        return None
    try:
        return b64decode(value, validate=True).decode("utf-8", "replace")
    except ValueError:
        return value
