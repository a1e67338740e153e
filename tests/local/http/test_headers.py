"""Response headers on their way to the client."""

import pytest

from streambda.local.http.headers import BadHeader, content_length, encode_headers, merge_headers
from streambda.local.http.prelude import Prelude


def test_multi_value_headers_win_over_single_ones() -> None:
    prelude = Prelude(
        headers=(("X-One", "lost"), ("x-two", "kept")),
        multi_value_headers=(("x-one", "1"), ("x-one", "2")),
    )

    assert merge_headers(prelude) == (("x-two", "kept"), ("x-one", "1"), ("x-one", "2"))


def test_hop_by_hop_headers_are_dropped_and_cookies_added() -> None:
    pairs = [("Connection", "close"), ("Transfer-Encoding", "chunked"), ("X-A", " é ")]

    assert encode_headers(pairs, ["a=1", "b=2"]) == [
        (b"x-a", "é".encode()),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x y", "1"),
        ("", "1"),
        ("x", "a\r\nb: c"),
        ("x", "\0"),
        ("x", "\x7f"),
        ("Content-Length", "three"),
        ("content-length", "-1"),
        ("content-length", "9" * 5000),
        ("x", "\ud800"),
    ],
)
def test_what_no_message_can_carry(name: str, value: str) -> None:
    with pytest.raises(BadHeader, match="header"):
        encode_headers([(name, value)])


def test_how_long_a_body_is_said_to_be() -> None:
    assert content_length(encode_headers([("X", "1"), ("Content-Length", " 12 ")])) == 12
    assert content_length(encode_headers([("X", "1")])) is None
