"""The writer form: begin, write, flush, bytes_written, closed; blocking and async."""

import asyncio
import threading
from typing import Any

import pytest

from streambda_runtime import AsyncStreamWriter, HttpMetadata, StreamWriter, streaming
from streambda_runtime.errors import RuntimeFault
from tests.support.events import DIRECT, FUNCTION_URL, REST_API
from tests.support.fake_runtime_api import WAIT_S, read_trailer_error
from tests.support.run_runtime import collect_post, collect_posts, run_until_error
from tests.support.scripted_runtime_api import GONE, NEXT, read_until, serve_script
from tests.support.split_prelude import split_prelude


@streaming
def two_writes(event: Any, stream: StreamWriter, context: Any) -> None:
    """Writes twice."""
    stream.begin(HttpMetadata(201, {"X-A": "1"}, "text/csv", cookies=["a=1"]))
    stream.write(b"a,b\n")
    stream.flush()
    stream.write(["1,", "2\n"])
    assert stream.bytes_written == 8
    assert not stream.closed


@streaming
async def two_async_writes(event: Any, stream: AsyncStreamWriter, context: Any) -> None:
    await stream.begin(HttpMetadata(201, {"X-A": "1"}, "text/csv", cookies=["a=1"]))
    await stream.write(b"a,b\n")
    await asyncio.sleep(0)
    await stream.flush()
    await stream.write(["1,", "2\n"])
    assert stream.bytes_written == 8


BOTH = pytest.mark.parametrize("handler", [two_writes, two_async_writes], ids=["blocking", "async"])


@BOTH
def test_over_http_a_writer_sends_prelude_and_body(handler: Any) -> None:
    post = collect_post(handler, REST_API)

    assert split_prelude(post.body) == (
        {
            "statusCode": 201,
            "headers": {"x-a": "1", "content-type": "text/csv"},
            "cookies": ["a=1"],
        },
        b"a,b\n1,2\n",
    )


@BOTH
def test_on_a_direct_invoke_a_writer_sends_the_body_alone(handler: Any) -> None:
    post = collect_post(handler, DIRECT)

    assert post.headers["content-type"] == "text/csv"
    assert post.body == b"a,b\n1,2\n"


def test_the_handler_keeps_its_name() -> None:
    assert two_writes.__name__ == "two_writes"
    assert two_writes.__doc__ == "Writes twice."


def test_begin_sends_the_prelude_before_anything_is_written() -> None:
    arrived = threading.Event()

    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        stream.begin()
        assert arrived.wait(WAIT_S), "the prelude did not leave"
        stream.write("late")

    post = collect_post(handler, FUNCTION_URL, on_data=lambda data: arrived.set())

    assert split_prelude(post.body)[1] == b"late"


@pytest.mark.parametrize(
    ("write", "expected"),
    [("text", "text/plain; charset=utf-8"), (b"b", "application/octet-stream"), ("", None)],
)
def test_begin_is_optional(write: Any, expected: str | None) -> None:
    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        stream.write(write)

    prelude, body = split_prelude(collect_post(handler, FUNCTION_URL).body)

    assert prelude["statusCode"] == 200
    assert prelude["headers"]["content-type"] == expected or "application/octet-stream"
    assert body == (write.encode() if isinstance(write, str) else write)


def test_an_error_before_the_first_write_is_posted_as_an_error() -> None:
    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        raise ValueError("early")

    assert collect_post(handler, FUNCTION_URL).action == "error"


@pytest.mark.parametrize("event", [DIRECT, FUNCTION_URL], ids=["direct", "url"])
def test_an_error_after_a_write_is_told_in_trailers(event: bytes) -> None:
    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        stream.write("part")
        raise ValueError("late")

    first, second = collect_posts(handler, event, event)

    assert first.body.endswith(b"part")
    assert read_trailer_error(first)[0] == "Function.ValueError"
    assert read_trailer_error(second)[0] == "Function.ValueError"


@pytest.mark.parametrize("begin_first", [True, False])
def test_begin_is_for_the_beginning(begin_first: bool) -> None:
    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        if begin_first:
            stream.begin()
        else:
            stream.write("a")
        stream.begin()

    post = collect_post(handler, FUNCTION_URL)

    assert read_trailer_error(post)[0] == "Runtime.StreamBegun"


def test_b9_a_write_after_the_end_is_refused() -> None:
    kept: list[StreamWriter] = []

    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        kept.append(stream)

    collect_post(handler, DIRECT)

    assert kept[0].closed
    with pytest.raises(RuntimeFault, match="after the end of the response") as fault:
        kept[0].write("late")
    assert fault.value.error_type == "Runtime.StreamClosed"


def test_b1_what_is_written_to_a_response_without_a_body_is_dropped() -> None:
    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        stream.begin(HttpMetadata(204))
        stream.write("dropped")

    prelude, body = split_prelude(collect_post(handler, FUNCTION_URL).body)

    assert (prelude["statusCode"], body) == (204, b"")


def test_what_a_blocking_handler_returns_to_be_awaited_is_refused_and_survived() -> None:
    async def work() -> None: ...

    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> Any:
        return work()

    first, second = collect_posts(handler, DIRECT, DIRECT)

    for post in (first, second):
        assert post.headers["lambda-runtime-function-error-type"] == "Runtime.InvalidHandler"


def test_a_refusal_that_the_handler_swallows_is_still_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answered = threading.Event()
    seen: list[object] = []

    def refuse(sock: Any) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        read_until(sock, b"first\r\n")
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge")
        answered.set()
        read_until(sock, b"never")

    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        stream.write("first")
        assert answered.wait(WAIT_S)
        while len(seen) < 2:  # within a burst, an answer is looked for once a millisecond
            try:
                stream.write("more")
            except Exception as error:
                seen.append((type(error).__name__, stream.closed))

    with serve_script(refuse) as address:
        run_until_error(address, handler, GONE)

    assert seen == [("EarlyAnswer", True), ("RuntimeFault", True)]
    assert "the response was refused: 413 large" in capsys.readouterr().err
