"""The runtime's HTTP/1.1: every parser whole, byte by byte, with trailing bytes, at any split."""

import http.client
import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.http11 import (
    GATHER_FROM,
    MAX_HEAD,
    Response,
    ResponseParser,
    chunk,
    last_chunk,
    request_head,
)

LENGTH = b'HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'7\r\n{"a":1,\r\n5;ext=1\r\n"b":2\r\n1\r\n}\r\n0\r\nTrailing: yes\r\n\r\n'
)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH
NO_BODY = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
CASES = {
    "length": (LENGTH, 202, b'{"status":"OK"}\n'),
    "chunked": (CHUNKED, 200, b'{"a":1,"b":2}'),
    "interim": (INTERIM, 202, b'{"status":"OK"}\n'),
    "no_body": (NO_BODY, 202, b""),
}
each_case = pytest.mark.parametrize(("data", "status", "body"), CASES.values(), ids=CASES)


@each_case
def test_response_fed_whole(data: bytes, status: int, body: bytes) -> None:
    response = ResponseParser().feed(data)

    assert response is not None
    assert (response.status, response.body) == (status, body)


@each_case
def test_response_fed_byte_by_byte_is_complete_at_its_last_byte_only(
    data: bytes, status: int, body: bytes
) -> None:
    parser = ResponseParser()

    *early, last = [parser.feed(data[at : at + 1]) for at in range(len(data))]

    assert early == [None] * (len(data) - 1)
    assert last is not None
    assert (last.status, last.body) == (status, body)


@each_case
def test_bytes_behind_a_response_belong_to_the_next_one(
    data: bytes, status: int, body: bytes
) -> None:
    parser = ResponseParser()

    first, second = parser.feed(data + LENGTH), parser.feed(b"")

    assert first is not None
    assert (first.status, first.body) == (status, body)
    assert second is not None
    assert second.status == 202


@given(cuts=st.lists(st.integers(0, len(CHUNKED)), max_size=8))
def test_any_split_gives_the_same_response(cuts: list[int]) -> None:
    parser = ResponseParser()
    edges = [0, *sorted(cuts), len(CHUNKED)]

    results = [parser.feed(CHUNKED[start:stop]) for start, stop in pairwise(edges)]

    found = [result for result in results if result is not None]
    assert [result.body for result in found] == [b'{"a":1,"b":2}']


@given(st.binary(max_size=200))
def test_random_bytes_are_a_response_or_a_named_error(data: bytes) -> None:
    parser = ResponseParser()
    try:
        parser.feed(data)
        parser.end()
    except RuntimeApiError:
        return  # any other exception fails the test


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    parser = ResponseParser()

    before = parser.feed(b"HTTP/1.1 500 Internal Server Error\r\n\r\nbro")
    more = parser.feed(b"ken")
    response = parser.end()

    assert (before, more) == (None, None)
    assert response is not None
    assert (response.status, response.body) == (500, b"broken")


def test_a_connection_that_closes_before_anything_came_gives_no_response() -> None:
    assert ResponseParser().end() is None


@pytest.mark.parametrize("cut", [1, 30, len(LENGTH) - 1])
def test_a_connection_that_closes_within_a_response_is_an_error(cut: int) -> None:
    parser = ResponseParser()
    parser.feed(LENGTH[:cut])

    with pytest.raises(RuntimeApiError, match="in the middle of a response"):
        parser.end()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "'SSH-2.0-OpenSSH'"),
        (b"HTTP/1.1 abc\r\n\r\n", "expected an HTTP/1.1 status line"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "'no colon', expected a header"),
        (b"HTTP/1.1 200 OK\r\n: empty\r\n\r\n", "expected a header"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", "'+5' as Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", "'five' as Content-Length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "'xyz' as chunk size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n", "longer than"),
        (b"x" * (MAX_HEAD + 1), f"more than {MAX_HEAD} bytes"),
    ],
)
def test_what_is_not_http_is_named(data: bytes, named: str) -> None:
    with pytest.raises(RuntimeApiError, match=named.replace("+", r"\+")):
        ResponseParser().feed(data)


def test_connection_close_is_seen_in_any_case() -> None:
    assert Response(413, {"connection": "Close"}).closes
    assert not Response(202, {}).closes


@given(st.binary(min_size=1, max_size=300))
def test_the_standard_library_reads_our_chunks_back(data: bytes) -> None:
    class Wire:
        def makefile(self, mode: str) -> io.BytesIO:
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            return io.BytesIO(head + b"".join(chunk(data)) * 2 + last_chunk((("A", "b"),)))

    response = http.client.HTTPResponse(Wire())  # type: ignore[arg-type]
    response.begin()

    assert response.read() == data * 2


@pytest.mark.parametrize("size", [GATHER_FROM - 1, GATHER_FROM])
def test_a_large_chunk_is_not_copied(size: int) -> None:
    data = bytes(size)
    parts = chunk(data)

    assert b"".join(parts) == b"%x\r\n" % size + data + b"\r\n"
    assert any(part is data for part in parts) == (size >= GATHER_FROM)


def test_a_request_head_is_one_block_that_ends_with_an_empty_line() -> None:
    head = request_head("GET", "/next", (("Host", "h:1"), ("A", "b")))

    assert head == b"GET /next HTTP/1.1\r\nHost: h:1\r\nA: b\r\n\r\n"
