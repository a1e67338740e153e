"""Frames of SSE and NDJSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda_runtime import SSE_HEARTBEAT, ndjson, sse


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (sse("hi"), "data: hi\n\n"),
        (sse({"a": 1}), 'data: {"a":1}\n\n'),
        (sse("one\ntwo\r\nthree\rfour"), "data: one\ndata: two\ndata: three\ndata: four\n\n"),
        (sse(""), "data: \n\n"),
        (
            sse("ü", event="token", id="7", retry=1000),
            "event: token\nid: 7\nretry: 1000\ndata: ü\n\n",
        ),
        (sse(id="7"), "id: 7\n\n"),
        (sse(None, retry=0), "retry: 0\n\n"),
        (SSE_HEARTBEAT, ": \n\n"),
    ],
)
def test_sse(frame: bytes, expected: str) -> None:
    assert frame == expected.encode()


@given(st.text())
def test_any_text_comes_back_line_by_line(text: str) -> None:
    """Read as the specification says: lines end with CRLF, LF or CR; data lines join with LF."""
    text = text.encode("utf-8", "ignore").decode()
    *lines, blank, end = sse(text).decode().split("\n")

    assert (blank, end) == ("", "")
    assert all(line.startswith("data: ") for line in lines)
    assert "\n".join(line.removeprefix("data: ") for line in lines) == text.replace(
        "\r\n", "\n"
    ).replace("\r", "\n")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"event": "a\nb"}, r"event is 'a\\nb', expected a str without line ends"),
        ({"id": "a\0"}, r"id is 'a\\x00'"),
        ({"id": 7}, "id is 7"),
        ({"retry": -1}, "retry is -1, expected milliseconds"),
        ({"retry": True}, "retry is True"),
        ({"retry": "1"}, "retry is '1'"),
    ],
)
def test_fields_that_would_break_the_frame_are_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        sse("x", **fields)


@given(st.dictionaries(st.text(), st.text() | st.integers()))
def test_ndjson_is_one_line(value: dict[str, Any]) -> None:
    line = ndjson(value)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == value
