"""What a pull request for Lambda's .NET runtime says of its streams, row by row, of this runtime.

It writes error trailers as text into the body, as its reviewers noticed: here they are trailers.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from streambda_runtime import Context, HttpMetadata, StreamWriter, streaming
from tests.support.events import DIRECT, FUNCTION_URL, REST_API
from tests.support.fake_runtime_api import (
    WAIT_S,
    RecordedRequest,
    next_headers,
    read_trailer_error,
)
from tests.support.run_runtime import collect_post, collect_posts
from tests.support.split_prelude import split_prelude

PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
TEXT = {"content-type": "text/plain"}
LARGE = 7 * 1024 * 1024  # more than a whole response may have


@dataclass(frozen=True)
class Answer:
    """What the Runtime API got. Args: `prelude` is None where the body is all there is."""

    body: bytes = b""
    prelude: dict[str, Any] | None = None
    streamed: bool = True
    error: tuple[str, str] | None = None  # its type and message, in trailers or as a report


@dataclass(frozen=True)
class Behaviour:
    handler: Callable[..., Any]
    answer: Answer
    event: bytes = DIRECT
    left_s: float = 3600  # until the time-out


@streaming
def create_stream(event: Any, stream: StreamWriter, context: Context) -> None:
    for number in range(1, 21):
        stream.write(f"Hello {number}\n")
        if number % 10 == 0:
            stream.flush()


@streaming
def create_http_stream(event: Any, stream: StreamWriter, context: Context) -> None:
    stream.begin(HttpMetadata(200, {"Content-Type": "text/plain"}))
    stream.write("Hello")


@streaming
def with_cookies(event: Any, stream: StreamWriter, context: Context) -> None:
    stream.begin(HttpMetadata(404, {"Content-Type": "text/plain"}, cookies=["a=1", "b=2"]))


@streaming
def tell_length(event: Any, stream: StreamWriter, context: Context) -> None:
    for _ in range(3):
        stream.write(f"{stream.bytes_written},")


@streaming
def until_little_time_is_left(event: Any, stream: StreamWriter, context: Context) -> None:
    for number in range(1, 4):
        stream.write(f"Hello {number}\n")
        if context.get_remaining_time_in_millis() < 5000:
            stream.write("Approaching the timeout, stopping the stream.\n")
            break


@streaming
def fail_in_the_middle(event: Any, stream: StreamWriter, context: Context) -> None:
    stream.write("part")
    raise RuntimeError("in the middle")


@streaming
def fail_after_the_prelude(event: Any, stream: StreamWriter, context: Context) -> None:
    stream.begin(HttpMetadata(200, {"Content-Type": "text/plain"}))
    raise RuntimeError("in the middle")


@streaming
def fail_at_first(event: Any, stream: StreamWriter, context: Context) -> None:
    raise RuntimeError("at first")


@streaming
def write_nothing(event: Any, stream: StreamWriter, context: Context) -> None:
    pass


@streaming
def write_much(event: Any, stream: StreamWriter, context: Context) -> None:
    for _ in range(LARGE // 65536):
        stream.write(bytes(65536))


def create_no_stream(event: Any, context: Context) -> dict[str, str]:
    return {"whole": "yes"}


HELLOS = "".join(f"Hello {number}\n" for number in range(1, 21)).encode()
HEAD = {"statusCode": 200, "headers": TEXT}
MIDDLE = ("Function.RuntimeError", "in the middle")

BEHAVIOURS = {
    "CreateStream has no prelude": Behaviour(create_stream, Answer(HELLOS)),
    "CreateHttpStream begins with the prelude, for a Function URL": Behaviour(
        create_http_stream, Answer(b"Hello", HEAD), FUNCTION_URL
    ),
    "CreateHttpStream begins with the prelude, for API Gateway": Behaviour(
        create_http_stream, Answer(b"Hello", HEAD), REST_API
    ),
    "the prelude has status, headers and cookies": Behaviour(
        with_cookies,
        Answer(b"", {"statusCode": 404, "headers": TEXT, "cookies": ["a=1", "b=2"]}),
        FUNCTION_URL,
    ),
    "the stream knows its length": Behaviour(tell_length, Answer(b"0,2,4,")),
    "the handler ends the stream when little time is left": Behaviour(
        until_little_time_is_left,
        Answer(b"Hello 1\nApproaching the timeout, stopping the stream.\n"),
        left_s=4,
    ),
    "with enough time it goes on": Behaviour(
        until_little_time_is_left, Answer(b"Hello 1\nHello 2\nHello 3\n")
    ),
    "an error in the middle goes into trailers and not into the body": Behaviour(
        fail_in_the_middle, Answer(b"part", error=MIDDLE)
    ),
    "so does an error after the prelude": Behaviour(
        fail_after_the_prelude, Answer(b"", HEAD, error=MIDDLE), FUNCTION_URL
    ),
    "an error before the stream is an error response": Behaviour(
        fail_at_first, Answer(streamed=False, error=("Function.RuntimeError", "at first"))
    ),
    "a stream to which nothing is written is empty": Behaviour(write_nothing, Answer(b"")),
    "a stream may be larger than a whole response": Behaviour(write_much, Answer(bytes(LARGE))),
    "a handler that creates no stream answers whole": Behaviour(
        create_no_stream, Answer(b'{"whole":"yes"}', streamed=False)
    ),
}


def describe(post: RecordedRequest) -> Answer:
    if post.action == "error":
        error_type = post.headers["lambda-runtime-function-error-type"]
        return Answer(streamed=False, error=(error_type, json.loads(post.body)["errorMessage"]))
    streamed = post.headers.get("lambda-runtime-function-response-mode") == "streaming"
    # Trailers are announced before anything is known of an error.
    assert ("trailer" in post.headers) is streamed
    assert (post.headers.get("transfer-encoding") == "chunked") is streamed
    prelude, body = None, post.body
    if post.headers["content-type"] == PRELUDE_TYPE:
        prelude, body = split_prelude(post.body)
    error = None
    if post.trailers:
        error_type, report = read_trailer_error(post)
        error = (error_type, report["errorMessage"])
    return Answer(body, prelude, streamed, error)


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_behaviour(name: str) -> None:
    row = BEHAVIOURS[name]
    deadline_ms = str(int((time.time() + row.left_s) * 1000))

    post = collect_post(row.handler, row.event, headers=next_headers(Deadline_Ms=deadline_ms))

    assert describe(post) == row.answer


def test_a_flush_sends_what_is_written_before_the_handler_goes_on() -> None:
    arrived = threading.Event()

    @streaming
    def handler(event: Any, stream: StreamWriter, context: Context) -> None:
        stream.write("first")
        stream.flush()
        assert arrived.wait(WAIT_S), "it did not leave"
        stream.write("second")

    post = collect_post(handler, DIRECT, on_data=lambda data: arrived.set())

    assert describe(post) == Answer(b"firstsecond")


def test_nothing_of_an_invocation_is_left_for_the_next() -> None:
    """A stream that breaks, one that is whole, a response without a stream, and again."""
    handlers: Iterator[Callable[..., Any]] = iter(
        [fail_in_the_middle, create_no_stream, create_stream, fail_at_first, create_stream]
    )

    def handler(event: Any, context: Context) -> Any:
        return next(handlers)(event, context)

    posts = collect_posts(handler, *[DIRECT] * 5)

    errors = [describe(post).error for post in posts]
    assert errors == [MIDDLE, None, None, ("Function.RuntimeError", "at first"), None]
    assert [posts[n].body for n in (0, 2, 4)] == [b"part", HELLOS, HELLOS]
