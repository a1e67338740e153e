"""Bugs of other runtimes that fit in no other file here; docs/peer-bugs.md explains the numbers."""

import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from streambda_runtime import StreamingResponse
from tests.support.events import DIRECT, FUNCTION_URL, REST_API
from tests.support.fake_runtime_api import WAIT_S, read_trailer_error
from tests.support.run_runtime import collect_post, collect_posts, run_until_error
from tests.support.scripted_runtime_api import ACCEPTED, GONE, NEXT, read_until, serve_script
from tests.support.split_prelude import NULS, split_prelude

BODIES = {
    "starts_with_nuls": NULS + b"body",
    "holds_the_delimiter": b"a" + NULS + b"b",
    "one_nul_more": b"\0body",
    "json_like": b'{"statusCode":500}' + NULS,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_b2_the_first_delimiter_ends_the_prelude_whatever_the_body_is(body: bytes) -> None:
    post = collect_post(lambda event, context: StreamingResponse([body], 201), FUNCTION_URL)

    prelude, found = split_prelude(post.body)
    assert prelude["statusCode"] == 201
    assert found == body


@pytest.mark.parametrize("name", ["a\0b", "ü", '"'])
def test_b2_no_nul_of_a_header_can_end_the_prelude_early(name: str) -> None:
    post = collect_post(lambda event, context: StreamingResponse([], headers={"X": name}), REST_API)

    if "\0" in name:  # JSON would escape it; HTTP cannot carry it
        assert post.headers["lambda-runtime-function-error-type"] == "Runtime.InvalidResponse"
    else:
        assert split_prelude(post.body)[0]["headers"]["x"] == name


@pytest.mark.parametrize(
    ("result", "body"),
    [
        (lambda: iter(["raw"]), b"raw"),
        (lambda: {"a": 1}, b'{"a":1}'),
        (lambda: None, b"null"),
        (lambda: "text", b'"text"'),
    ],
    ids=["generator", "document", "none", "text"],
)
@pytest.mark.parametrize("event", [FUNCTION_URL, REST_API], ids=["url", "rest"])
def test_b3_every_http_response_has_a_prelude(
    event: bytes, result: Callable[[], Any], body: bytes
) -> None:
    post = collect_post(lambda event, context: result(), event)

    prelude, found = split_prelude(post.body)
    assert (prelude["statusCode"], found) == (200, body)


def test_b6_a_direct_invoke_never_has_a_prelude() -> None:
    handler = StreamingResponse(["body"], 404, {"X": "1"}, cookies=["a=1"])

    post = collect_post(lambda event, context: handler, DIRECT)

    assert post.body == b"body"
    assert "http-integration-response" not in post.headers["content-type"]


def test_b7_the_next_invocation_is_asked_for_while_threads_of_the_handler_live() -> None:
    release = threading.Event()
    threads: list[threading.Thread] = []

    def handler(event: Any, context: Any) -> Iterator[str]:
        thread = threading.Thread(target=release.wait, args=(WAIT_S,))
        thread.start()
        threads.append(thread)
        yield "a"

    # Ends only if the runtime asks for `next` three times.
    posts = collect_posts(handler, DIRECT, DIRECT)
    alive = [thread.is_alive() for thread in threads]
    release.set()
    for thread in threads:
        thread.join(WAIT_S)

    assert [post.body for post in posts] == [b"a", b"a"]
    assert alive == [True, True]


def test_b9_a_slow_reader_holds_the_handler_back_and_nothing_piles_up() -> None:
    """The handler is never more than the socket's buffers ahead of a peer that reads nothing."""
    chunk = bytes(1 << 20)
    made = 0
    blocked = threading.Event()

    def handler(event: Any, context: Any) -> Iterator[bytes]:
        nonlocal made
        for _ in range(64):
            made += 1
            yield chunk

    ahead: list[int] = []

    def slow(sock: Any) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        tail, received, seen = b"", 0, -1
        while not tail.endswith(b"\r\n0\r\n\r\n"):
            data = sock.recv(1 << 16)
            received += len(data)
            tail = (tail + data)[-16:]
            if made != seen:
                seen = made
                ahead.append(made * len(chunk) - received)
        blocked.set()
        sock.sendall(ACCEPTED)

    with serve_script(slow) as address:
        run_until_error(address, handler, GONE)

    assert blocked.is_set()
    assert made == 64
    assert max(ahead) < 16 << 20  # what two socket buffers hold at most, of 64 MiB


def test_b4_a_generator_that_swallows_its_end_is_told_in_the_log_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stubborn() -> Iterator[Any]:
        try:
            yield "part"
            yield 7
        except GeneratorExit:
            yield "more"

    first, second = collect_posts(lambda event, context: stubborn(), DIRECT, DIRECT)

    assert [post.body for post in (first, second)] == [b"part", b"part"]
    assert read_trailer_error(first)[0] == "Runtime.InvalidChunk"
    assert "generator ignored GeneratorExit" in capsys.readouterr().err


def test_b4_deep_recursion_in_a_handler_is_survived() -> None:
    def deep(event: Any, context: Any) -> Any:
        return deep(event, context)

    first, second = collect_posts(deep, DIRECT, DIRECT)

    for post in (first, second):
        assert post.action == "error"
        assert post.headers["lambda-runtime-function-error-type"] == "Function.RecursionError"


def test_b12_a_next_without_any_lambda_header_is_served() -> None:
    def bare(sock: Any) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull")
        read_until(sock, b"\r\n0\r\n\r\n")
        sock.sendall(ACCEPTED)

    seen: list[str] = []

    def handler(event: Any, context: Any) -> Iterator[str]:
        seen.append(context.aws_request_id)
        yield "a"

    with serve_script(bare) as address:
        run_until_error(address, handler, GONE)

    assert seen == [""]


@pytest.mark.parametrize("form", ["blocking", "async"])
def test_b9_a_peer_that_resets_within_a_large_chunk_ends_the_runtime_and_closes_the_source(
    form: str,
) -> None:
    closed: list[bool] = []

    def blocking(event: Any, context: Any) -> Iterator[bytes]:
        try:
            yield b"first"
            yield bytes(32 << 20)
        finally:
            closed.append(True)

    async def asynchronous(event: Any, context: Any) -> AsyncIterator[bytes]:
        for data in blocking(event, context):
            yield data

    def reset(sock: socket.socket) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        read_until(sock, b"\0")
        # No lingering: the peer's close is a reset, in the middle of our write.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serve_script(reset) as address:
        handler = {"blocking": blocking, "async": asynchronous}[form]
        run_until_error(address, handler, "closed the connection in the middle of a request")

    assert closed == [True]
