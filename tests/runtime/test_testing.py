"""`streambda_runtime.testing`, as users' tests call it."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from handlers import midstream_error, words
from streambda_runtime import HttpMetadata, StreamingResponse, StreamWriter, streaming, testing
from tests.support.events import FUNCTION_URL, REST_API

HTTP = pytest.mark.parametrize("event", [FUNCTION_URL, REST_API], ids=["url", "rest"])


def test_a_direct_invoke_gives_the_chunks() -> None:
    result = testing.run(words.handler, {"sentence": "to be", "pause_ms": 0})

    assert [json.loads(chunk)["word"] for chunk in result.chunks] == ["to", "be"]
    assert (result.status_code, result.headers, result.cookies) == (None, None, None)
    assert (result.media_type, result.error, result.streamed) == (
        "application/x-ndjson",
        None,
        True,
    )


@HTTP
def test_an_http_event_gives_status_headers_and_cookies(event: bytes) -> None:
    def handler(event: Any, context: Any) -> StreamingResponse:
        headers = [("X-A", "1"), ("X-A", "2")]
        return StreamingResponse(["a", ["b", "c"]], 201, headers, "text/css", cookies=["k=v"])

    result = testing.run(handler, json.loads(event))

    assert (result.status_code, result.cookies, result.text) == (201, ["k=v"], "abc")
    assert result.headers is not None
    assert result.headers["x-a"] in ("1, 2", ["1", "2"])
    assert result.media_type == "text/css"


def test_chunk_1_is_seen_before_chunk_2_is_made() -> None:
    order: list[str] = []

    def handler(event: Any, context: Any) -> Iterator[str]:
        for name in ("1", "2"):
            order.append(f"made {name}")
            yield name

    testing.run(handler, {}, on_chunk=lambda chunk: order.append(f"sent {chunk.decode()}"))

    assert order == ["made 1", "sent 1", "made 2", "sent 2"]


def test_async_handlers_and_writers_run_too() -> None:
    async def generator(event: Any, context: Any) -> AsyncIterator[str]:
        yield "a"
        yield "b"

    @streaming
    def writer(event: Any, stream: StreamWriter, context: Any) -> None:
        stream.begin(HttpMetadata(202))
        stream.write("a")

    assert testing.run(generator, {}).chunks == [b"a", b"b"]
    result = testing.run(writer, json.loads(FUNCTION_URL))
    assert (result.status_code, result.chunks) == (202, [b"a"])


def test_an_ordinary_handler_gives_its_document() -> None:
    result = testing.run(lambda event, context: {"got": event}, [1])

    assert (json.loads(result.body), result.streamed) == ({"got": [1]}, False)


def test_errors_before_and_after_the_first_byte() -> None:
    def early(event: Any, context: Any) -> None:
        raise ValueError("early")

    before = testing.run(early, {})
    after = testing.run(midstream_error.handler, {})

    assert before.error is not None
    assert (before.error["errorType"], before.chunks) == ("ValueError", [])
    assert after.error is not None
    assert (after.error["errorType"], len(after.chunks)) == ("RuntimeError", 2)


def test_an_exit_is_raised() -> None:
    def leave(event: Any, context: Any) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        testing.run(leave, {})


def test_the_context_is_what_the_test_wants() -> None:
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        seen.extend([context.get_remaining_time_in_millis() <= 5000, context.tenant_id])

    testing.run(handler, {}, timeout_s=5, headers={"lambda-runtime-aws-tenant-id": "t"})

    assert seen == [True, "t"]
