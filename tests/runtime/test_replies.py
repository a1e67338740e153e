"""Background work, responses without a body, and the last frame of a broken stream."""

import json
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from streambda_runtime import StreamingResponse
from streambda_runtime.async_calls import run_sync
from streambda_runtime.errors import ErrorReport, RuntimeApiError
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from streambda_runtime.streams.error_frame import encode_error_frame
from tests.support.events import DIRECT, FUNCTION_URL, REST_API, read_event
from tests.support.fake_runtime_api import REQUEST_ID, FakeRuntimeApi, read_trailer_error
from tests.support.run_runtime import collect_post, collect_posts
from tests.support.split_prelude import split_prelude

HEAD_URL = read_event("function_url", requestContext={"http": {"method": "HEAD"}})
HEAD_REST = read_event("rest_api", httpMethod="HEAD")


@pytest.mark.parametrize("request_event", [HEAD_URL, HEAD_REST], ids=["url", "rest"])
def test_b1_head_gets_the_prelude_and_its_source_is_closed_unread(request_event: bytes) -> None:
    seen = []

    def words() -> Iterator[str]:
        seen.append("read")
        yield "never"

    post = collect_post(lambda event, context: StreamingResponse(words(), 200), request_event)

    prelude, body = split_prelude(post.body)
    assert (prelude["statusCode"], body, seen) == (200, b"", [])


@pytest.mark.parametrize("status", [204, 205, 304])
def test_b1_a_status_without_a_body_sends_none(status: int) -> None:
    post = collect_post(lambda event, context: StreamingResponse(["dropped"], status), FUNCTION_URL)

    prelude, body = split_prelude(post.body)
    assert (prelude["statusCode"], body) == (status, b"")


def test_b8_background_work_comes_between_the_response_and_the_next_invocation() -> None:
    order: list[str] = []

    def handler(event: Any, context: Any) -> StreamingResponse:
        order.append("called")
        return StreamingResponse(["a"], background=lambda: order.append("saved"))

    collect_posts(handler, DIRECT, DIRECT, on_data=lambda data: order.append("sent"))

    assert order == ["called", "sent", "saved"] * 2


def test_b8_an_error_of_background_work_is_logged_and_never_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        raise OSError("disk full")

    first, second = collect_posts(
        lambda event, context: StreamingResponse(["a"], background=fail), DIRECT, DIRECT
    )

    assert [(post.action, post.body, post.trailers) for post in (first, second)] == [
        ("response", b"a", {})
    ] * 2
    assert "[ERROR] OSError: disk full" in capsys.readouterr().err


def test_background_work_is_not_done_for_a_broken_response() -> None:
    done = []

    def broken() -> Iterator[str]:
        yield "part"
        raise ValueError

    collect_post(
        lambda event, context: StreamingResponse(broken(), background=lambda: done.append(1)),
        DIRECT,
    )

    assert done == []


def broken_after(chunk: Any, **options: Any) -> Any:
    def chunks() -> Iterator[Any]:
        yield chunk
        raise ValueError("with a secret in it")

    return lambda event, context: StreamingResponse(chunks(), **options)


ERROR = {
    "type": "ValueError",
    "message": "the stream was cut by an error",
    "request_id": REQUEST_ID,
}
DOCUMENT = json.dumps({"error": ERROR}, separators=(",", ":"))


@pytest.mark.parametrize(
    ("options", "chunk", "frame"),
    [
        ({"media_type": "text/event-stream"}, "data: 1\n\n", f"event: error\ndata: {DOCUMENT}\n\n"),
        (
            {"headers": {"Content-Type": "Text/Event-Stream; charset=utf-8"}},
            "data: cut",
            f"\n\nevent: error\ndata: {DOCUMENT}\n\n",
        ),
        ({"media_type": "application/x-ndjson"}, b"{}\n", f"{DOCUMENT}\n"),
        ({"media_type": "application/jsonl"}, ["{}\n", "{"], f"\n{DOCUMENT}\n"),
        ({"media_type": "text/plain"}, "text", ""),
        ({"media_type": "text/event-stream", "error_frame": False}, "data: 1\n\n", ""),
    ],
)
def test_a_broken_stream_ends_with_a_frame_of_its_own_format(
    options: dict[str, Any], chunk: Any, frame: str
) -> None:
    post = collect_post(broken_after(chunk, **options), REST_API)

    text = "".join(chunk) if not isinstance(chunk, bytes) else chunk.decode()
    assert split_prelude(post.body)[1].decode() == text + frame
    assert read_trailer_error(post)[1]["errorMessage"] == "with a secret in it"


def test_a_direct_invoke_has_trailers_and_needs_no_frame() -> None:
    post = collect_post(broken_after("data: 1\n\n", media_type="text/event-stream"), DIRECT)

    assert post.body == b"data: 1\n\n"


def test_a_last_frame_behind_an_empty_list_has_nothing_to_separate() -> None:
    report = ErrorReport("Function.E", "E", "", ())
    response = StreamingResponse(media_type="application/x-ndjson")

    assert encode_error_frame(response, [], report, "id").startswith(b'{"error":')


def test_completed_refuses_what_suspends() -> None:
    class Suspends:
        def __await__(self) -> Generator[None, None, None]:
            yield

    async def suspended() -> None:
        await Suspends()

    with pytest.raises(RuntimeError, match="has suspended"):
        run_sync(suspended())


@pytest.mark.parametrize("where", ["finally", "background"])
def test_an_exit_after_the_response_is_obeyed(where: str) -> None:
    def leave() -> None:
        raise SystemExit(4)

    def words() -> Iterator[str]:
        try:
            yield "a"
        finally:
            if where == "finally":
                leave()

    def handler(event: Any, context: Any) -> StreamingResponse:
        return StreamingResponse(words(), background=leave)

    with FakeRuntimeApi(DIRECT, DIRECT) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises((SystemExit, RuntimeApiError)) as end:
            run(api, api, handler)
        api.close()

    assert end.type is SystemExit
    assert len(fake.posts()) == 1
