"""next -> event -> handler -> chunks -> Runtime API, against a real socket."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from streambda_runtime import StreamingResponse
from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.events import DIRECT, FUNCTION_URL, REST_API
from tests.support.fake_runtime_api import (
    WAIT_S,
    FakeRuntimeApi,
    next_headers,
    read_trailer_error,
)
from tests.support.run_runtime import collect_post, collect_posts
from tests.support.split_prelude import split_prelude

PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
HTTP_EVENTS = pytest.mark.parametrize("event", [FUNCTION_URL, REST_API], ids=["url", "rest"])


def two_words(event: Any, context: Any) -> Iterator[str]:
    yield "hello "
    yield "world"


def test_a_generator_is_streamed_chunk_by_chunk_and_without_prelude_on_a_direct_invoke() -> None:
    post = collect_post(two_words, DIRECT)

    assert post.action == "response"
    assert post.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert post.headers["transfer-encoding"] == "chunked"
    assert post.headers["content-type"] == "text/plain; charset=utf-8"
    assert post.chunks == [b"hello ", b"world"]
    assert post.trailers == {}


def test_the_first_chunk_arrives_before_the_handler_can_make_the_second() -> None:
    arrived = threading.Event()

    def gated(event: Any, context: Any) -> Iterator[bytes]:
        yield b"first"
        assert arrived.wait(WAIT_S), "the first chunk did not leave"
        yield b"second"

    post = collect_post(gated, DIRECT, on_data=lambda data: arrived.set())

    assert post.chunks == [b"first", b"second"]
    assert post.trailers == {}


@HTTP_EVENTS
def test_an_http_event_gets_a_prelude(event: bytes) -> None:
    def handler(event: Any, context: Any) -> StreamingResponse:
        return StreamingResponse(
            two_words(event, context),
            201,
            {"X-Model": "m"},
            "text/event-stream",
            cookies=["a=1", "b=2"],
        )

    post = collect_post(handler, event)

    assert post.headers["content-type"] == PRELUDE_TYPE
    assert split_prelude(post.body) == (
        {
            "statusCode": 201,
            "headers": {"x-model": "m", "content-type": "text/event-stream"},
            "cookies": ["a=1", "b=2"],
        },
        b"hello world",
    )


@HTTP_EVENTS
@pytest.mark.parametrize("items", [[], [b"", ""]], ids=["nothing", "empty_items"])
def test_b1_an_empty_body_still_gets_its_prelude(event: bytes, items: list[Any]) -> None:
    post = collect_post(lambda event, context: StreamingResponse(iter(items), 204), event)

    assert split_prelude(post.body)[0]["statusCode"] == 204
    assert split_prelude(post.body)[1] == b""


def test_an_empty_stream_on_a_direct_invoke_is_an_empty_body() -> None:
    post = collect_post(lambda event, context: iter(()), DIRECT)

    assert (post.action, post.body) == ("response", b"")


@pytest.mark.parametrize(
    ("item", "content_type"),
    [("text", "text/plain; charset=utf-8"), (b"bytes", "application/octet-stream")],
)
def test_the_default_content_type_follows_the_first_item(item: Any, content_type: str) -> None:
    direct, over_http = collect_posts(lambda event, context: iter([item]), DIRECT, FUNCTION_URL)

    assert direct.headers["content-type"] == content_type
    assert split_prelude(over_http.body)[0]["headers"] == {"content-type": content_type}


def test_an_ordinary_handler_is_answered_whole_on_a_direct_invoke() -> None:
    post = collect_post(lambda event, context: {"got": event["sentence"]}, DIRECT)

    assert post.headers["content-type"] == "application/json"
    assert "lambda-runtime-function-response-mode" not in post.headers
    assert post.headers["content-length"] == str(len(post.body))
    assert json.loads(post.body) == {"got": "Hello world"}


@HTTP_EVENTS
def test_an_ordinary_handlers_proxy_response_becomes_prelude_and_body(event: bytes) -> None:
    proxy = {
        "statusCode": 418,
        "headers": {"X-A": "1"},
        "body": "dG9rZW4=",
        "isBase64Encoded": True,
    }

    post = collect_post(lambda event, context: proxy, event)

    assert split_prelude(post.body) == (
        {"statusCode": 418, "headers": {"x-a": "1", "content-type": "application/json"}},
        b"token",
    )


def test_an_ordinary_handlers_document_behind_a_front_endpoint_is_json() -> None:
    post = collect_post(lambda event, context: ["a", 1], FUNCTION_URL)

    prelude, body = split_prelude(post.body)
    assert prelude == {"statusCode": 200, "headers": {"content-type": "application/json"}}
    assert json.loads(body) == ["a", 1]


@pytest.mark.parametrize("event", [DIRECT, FUNCTION_URL, REST_API], ids=["direct", "url", "rest"])
def test_b4_an_error_before_the_first_byte_is_posted_as_an_error(event: bytes) -> None:
    def handler(event: Any, context: Any) -> Iterator[str]:
        raise ValueError("no model")
        yield "never"

    post = collect_post(handler, event)

    assert post.action == "error"
    assert post.headers["lambda-runtime-function-error-type"] == "Function.ValueError"
    report = json.loads(post.body)
    assert (report["errorType"], report["errorMessage"]) == ("ValueError", "no model")
    assert [line for line in report["stackTrace"] if "raise ValueError" in line]


def test_b4_an_error_after_the_first_byte_is_told_in_trailers_and_the_loop_goes_on() -> None:
    closed = threading.Event()

    def fails(event: Any, context: Any) -> Iterator[str]:
        try:
            yield "part"
            raise KeyError("midway")
        finally:
            closed.set()

    broken, next_one = collect_posts(fails, DIRECT, DIRECT)

    assert broken.headers["trailer"] == (
        "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
    )
    assert broken.body == b"part"
    error_type, report = read_trailer_error(broken)
    assert error_type == "Function.KeyError"
    assert report["errorMessage"] == "'midway'"
    assert report["errorType"] == "KeyError"
    assert closed.is_set()
    assert next_one.body == b"part"


@pytest.mark.parametrize("item", [7, None, ("a",), {"a": 1}], ids=["int", "none", "tuple", "dict"])
def test_an_item_that_is_not_bytes_or_text_is_named(item: Any) -> None:
    def first(event: Any, context: Any) -> Iterator[Any]:
        yield item

    def second(event: Any, context: Any) -> Iterator[Any]:
        yield "part"
        yield item

    before = collect_post(first, DIRECT)
    after = collect_post(second, DIRECT)

    assert before.action == "error"
    assert before.headers["lambda-runtime-function-error-type"] == "Runtime.InvalidChunk"
    message = json.loads(before.body)["errorMessage"]
    assert message.startswith(f"the handler yielded {item!r} of type {type(item).__name__}")
    assert read_trailer_error(after)[0] == "Runtime.InvalidChunk"
    assert after.body == b"part"


def test_an_event_that_is_not_json_is_the_callers_error() -> None:
    post = collect_post(two_words, b"{not json")

    assert post.action == "error"
    assert post.headers["lambda-runtime-function-error-type"] == "Runtime.UnmarshalError"
    assert "'{not json' is not JSON" in json.loads(post.body)["errorMessage"]


def test_a_result_that_is_not_json_is_named() -> None:
    post = collect_post(lambda event, context: {1, 2}, DIRECT)

    assert post.headers["lambda-runtime-function-error-type"] == "Runtime.MarshalError"
    assert "returned a set" in json.loads(post.body)["errorMessage"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=["exit", "interrupt"])
@pytest.mark.parametrize("started", [False, True], ids=["before", "after"])
def test_b4_an_exit_is_reported_and_then_obeyed(error: BaseException, started: bool) -> None:
    def handler(event: Any, context: Any) -> Iterator[str]:
        if started:
            yield "part"
        raise error

    with FakeRuntimeApi(DIRECT, DIRECT) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(type(error)):
            run(api, api, handler)
        api.close()

    (post,) = fake.posts()
    told = post.trailers if started else post.headers
    assert told["lambda-runtime-function-error-type"] == f"Function.{type(error).__name__}"


@pytest.mark.parametrize("error", [MemoryError(), GeneratorExit(), RecursionError("deep")])
def test_b4_other_errors_of_any_kind_are_reported_and_survived(error: BaseException) -> None:
    def handler(event: Any, context: Any) -> Iterator[str]:
        yield "part"
        raise error

    first, second = collect_posts(handler, DIRECT, DIRECT)

    assert read_trailer_error(first)[0] == f"Function.{type(error).__name__}"
    assert read_trailer_error(second)[0] == f"Function.{type(error).__name__}"


@pytest.mark.parametrize("status", [400, 403, 410, 413])
@pytest.mark.parametrize("action", ["response", "error"])
def test_a_refusal_is_logged_and_the_loop_goes_on(
    status: int, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def handler(event: Any, context: Any) -> Iterator[str]:
        if action == "error":
            raise ValueError("early")
        yield "part"

    posts = collect_posts(
        handler, DIRECT, DIRECT, answers={action: (status, b'{"errorType":"No"}')}
    )

    assert len(posts) == 2
    assert f"the {action} was refused: {status}" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["response", "error"])
def test_a_500_of_the_runtime_api_ends_the_loop(action: str) -> None:
    def handler(event: Any, context: Any) -> Iterator[str]:
        if action == "error":
            raise ValueError("early")
        yield "part"

    with FakeRuntimeApi(DIRECT, DIRECT, answers={action: (500, b"broken")}) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(RuntimeApiError, match=f"the {action} was answered 500 broken"):
            run(api, api, handler)
        api.close()

    assert len(fake.posts()) == 1


def test_b12_the_invocation_id_is_echoed_when_given_and_only_then() -> None:
    def fails(event: Any, context: Any) -> None:
        raise ValueError("early")

    plain = collect_post(two_words, DIRECT)
    streamed = collect_post(two_words, DIRECT, headers=next_headers(Invocation_Id="nonce-1"))
    failed = collect_post(fails, DIRECT, headers=next_headers(Invocation_Id="nonce-2"))
    empty = collect_post(two_words, DIRECT, headers=next_headers(Invocation_Id=""))

    assert "lambda-runtime-invocation-id" not in plain.headers
    assert streamed.headers["lambda-runtime-invocation-id"] == "nonce-1"
    assert failed.headers["lambda-runtime-invocation-id"] == "nonce-2"
    assert "lambda-runtime-invocation-id" not in empty.headers


def test_one_connection_serves_all_invocations() -> None:
    with FakeRuntimeApi(*[DIRECT] * 5) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(RuntimeApiError):
            run(api, api, two_words)
        api.close()

    assert fake.connections == 1
    assert len(fake.posts()) == 5


def test_the_trace_id_is_where_the_xray_sdk_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)

    def handler(event: Any, context: Any) -> str:
        import os

        return os.environ["_X_AMZN_TRACE_ID"]

    post = collect_post(handler, DIRECT, headers=next_headers(Trace_Id="Root=1-a;Sampled=1"))

    assert json.loads(post.body) == "Root=1-a;Sampled=1"


@pytest.mark.parametrize("error", [SystemExit(4)])
def test_an_exit_in_a_finally_is_obeyed(error: BaseException) -> None:
    class ExitsOnClose(BrokenClose):
        def close(self) -> None:
            raise error

    with FakeRuntimeApi(DIRECT, DIRECT) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(SystemExit):
            run(api, api, lambda event, context: StreamingResponse(ExitsOnClose()))
        api.close()

    (post,) = fake.posts()
    assert post.body == b"ab"


def test_a_finally_that_fails_is_logged_and_does_not_disturb_the_response(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def handler(event: Any, context: Any) -> StreamingResponse:
        return StreamingResponse(BrokenClose())

    post = collect_post(handler, DIRECT)

    assert (post.body, post.trailers) == (b"ab", {})
    assert "[ERROR] OSError: cannot close" in capsys.readouterr().err


class BrokenClose:
    def __iter__(self) -> Iterator[bytes]:
        return iter([b"a", b"b"])

    def close(self) -> None:
        raise OSError("cannot close")


@pytest.mark.parametrize("media_type", ["a/b\r\nX-Injected: 1", "a/b\0"])
@pytest.mark.parametrize("event", [DIRECT, FUNCTION_URL], ids=["direct", "url"])
def test_b5_a_media_type_cannot_break_the_head(event: bytes, media_type: str) -> None:
    post = collect_post(
        lambda event, context: StreamingResponse(["a"], media_type=media_type), event
    )

    assert post.headers["lambda-runtime-function-error-type"] == "Runtime.InvalidResponse"
    assert "x-injected" not in post.headers


def test_content_that_cannot_be_iterated_is_an_error_before_the_first_byte() -> None:
    post = collect_post(lambda event, context: StreamingResponse(7), DIRECT)  # type: ignore[arg-type]

    assert post.action == "error"
    assert post.headers["lambda-runtime-function-error-type"] == "Function.TypeError"
