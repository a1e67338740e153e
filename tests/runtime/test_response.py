"""Status, headers and cookies as a prelude, its limits, and what HTTP cannot carry."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from streambda_runtime import StreamingResponse, testing
from streambda_runtime.errors import RuntimeFault
from streambda_runtime.http_event import FUNCTION_URL, REST_API
from streambda_runtime.response import MAX_PRELUDE, encode_prelude
from tests.support.events import FUNCTION_URL as FUNCTION_URL_EVENT
from tests.support.split_prelude import NULS

VERSIONS = pytest.mark.parametrize("version", [FUNCTION_URL, REST_API])


def document(version: str = REST_API, **fields: Any) -> dict[str, Any]:
    data = encode_prelude(StreamingResponse(**fields), "text/plain", version)
    assert data.endswith(NULS)
    assert b"\0" not in data[:-8]
    parsed: dict[str, Any] = json.loads(data[:-8])
    return parsed


@VERSIONS
def test_the_default_is_200_with_a_content_type(version: str) -> None:
    assert document(version) == {"statusCode": 200, "headers": {"content-type": "text/plain"}}


def test_the_media_type_wins_over_the_default_and_a_header_over_both() -> None:
    assert document(media_type="a/b")["headers"] == {"content-type": "a/b"}
    headers = {"Content-Type": "c/d"}
    assert document(media_type="a/b", headers=headers)["headers"] == {"content-type": "c/d"}


def test_b5_repeated_headers_are_a_list_for_a_rest_api_and_joined_for_a_function_url() -> None:
    headers = [("X-A", "1"), ("x-a", "2"), ("X-B", "3")]

    rest, url = document(REST_API, headers=headers), document(FUNCTION_URL, headers=headers)

    assert rest["multiValueHeaders"] == {"x-a": ["1", "2"]}
    assert rest["headers"] == {"x-b": "3", "content-type": "text/plain"}
    assert url["headers"] == {"x-a": "1, 2", "x-b": "3", "content-type": "text/plain"}
    assert "multiValueHeaders" not in url


@VERSIONS
def test_b5_a_set_cookie_header_joins_the_cookies_and_is_sent_once(version: str) -> None:
    found = document(version, headers=[("Set-Cookie", "b=2")], cookies=["a=1; Path=/"])

    assert found["cookies"] == ["a=1; Path=/", "b=2"]
    assert found["headers"] == {"content-type": "text/plain"}


@pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding", "Connection", "Trailer"])
def test_b5_framing_and_hop_by_hop_headers_are_dropped(name: str) -> None:
    assert document(headers={name: "5"})["headers"] == {"content-type": "text/plain"}


def test_b5_a_number_is_a_header_value() -> None:
    assert document(headers={"Age": 5})["headers"]["age"] == "5"


def test_a_prelude_that_comes_again_is_the_same_whatever_is_kept() -> None:
    types = [f"application/x-{number}" for number in range(40)]

    first = [document(media_type=name) for name in types]
    again = [document(media_type=name) for name in types]

    assert first == again
    assert [one["headers"]["content-type"] for one in first] == types


@pytest.mark.parametrize("status", [200.0, True])
def test_what_is_only_equal_to_a_status_is_refused_however_often_the_status_was_seen(
    status: Any,
) -> None:
    document(status_code=200)

    with pytest.raises(RuntimeFault, match=f"status {status!r}"):
        document(status_code=status)


def test_the_response_given_is_not_changed() -> None:
    response = StreamingResponse(headers=[("Set-Cookie", "b=2")], cookies=["a=1"])

    twice = [encode_prelude(response, "text/plain", REST_API) for _ in range(2)]

    assert twice[0] == twice[1]
    assert response.cookies == ["a=1"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"status_code": 99}, "status 99, expected an int from 200 to 599"),
        ({"status_code": "200"}, "status '200'"),
        ({"status_code": True}, "status True"),
        ({"headers": {"bad name": "x"}}, "header name 'bad name'"),
        ({"headers": {"": "x"}}, "header name ''"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "of header 'X-A', expected a str without control"),
        ({"headers": {"X-A": "a\0"}}, "of header 'X-A'"),
        ({"headers": {"X-A": b"bytes"}}, "value b'bytes' of header 'X-A'"),
        ({"cookies": ["a=1\nb"]}, "of header 'set-cookie'"),
    ],
)
def test_what_http_cannot_carry_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(RuntimeFault) as fault:
        document(**fields)

    assert fault.value.error_type == "Runtime.InvalidResponse"
    assert named in str(fault.value)


def test_b2_a_prelude_of_16_kib_passes_and_one_byte_more_is_refused() -> None:
    empty = len(encode_prelude(StreamingResponse(headers={"x": ""}), "text/plain", REST_API))
    fits = "v" * (MAX_PRELUDE - empty)

    assert (
        len(encode_prelude(StreamingResponse(headers={"x": fits}), "text/plain", REST_API)) == 16384
    )
    with pytest.raises(RuntimeFault, match="take 16385 bytes, at most 16384 fit") as fault:
        encode_prelude(StreamingResponse(headers={"x": fits + "v"}), "text/plain", REST_API)
    assert fault.value.error_type == "Runtime.PreludeTooLarge"


@pytest.mark.parametrize("char", [*map(chr, range(32)), "\x7f", "\ud800"])
@pytest.mark.parametrize("place", ["headers", "cookies", "media_type"])
def test_what_a_field_cannot_carry_is_refused(place: str, char: str) -> None:
    value = f"a{char}b"
    fields: dict[str, Any] = {
        "headers": {"x-mine": value}, "cookies": [value], "media_type": value,
    }  # fmt: skip

    if char == "\t":
        assert document(**{place: fields[place]})
        return
    with pytest.raises(RuntimeFault, match="expected a str without control characters"):
        document(**{place: fields[place]})


@pytest.mark.parametrize("value", ["é", "語", "\x80", "\u2028", "a\tb", "", " ", "😀"])
def test_other_text_is_carried(value: str) -> None:
    assert document(headers={"x-mine": value})["headers"]["x-mine"] == value


@pytest.mark.parametrize("name", ["Date", "date", "SERVER", "Transfer-Encoding", "content-length"])
def test_what_the_endpoint_sends_itself_is_left_out(name: str) -> None:
    assert name.lower() not in document(headers={name: "mine", "x-mine": "1"})["headers"]


def test_a_header_that_cannot_be_carried_is_refused_before_the_source_starts() -> None:
    started = []

    def source() -> Iterator[str]:
        started.append(True)
        yield "a"

    result = testing.run(
        lambda event, context: StreamingResponse(source(), headers={"x": "a\nb"}),
        json.loads(FUNCTION_URL_EVENT),
    )

    assert result.error is not None
    assert result.error["errorType"] == "Runtime.InvalidResponse"
    assert not started


@pytest.mark.parametrize(
    ("media_type", "is_error"),
    [("text/plain", False), ("text/x-é", False), ("text/x-語", True)],
)
def test_the_content_type_of_a_direct_invoke_is_a_header_field(
    media_type: str, is_error: bool
) -> None:
    result = testing.run(lambda event, context: StreamingResponse("a", media_type=media_type), {})

    assert (result.error is not None) is is_error
    if result.error is not None:
        assert "of header 'content-type', expected Latin-1" in result.error["errorMessage"]
