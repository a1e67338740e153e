"""The prelude, however its bytes are cut."""

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda.local.http.prelude import (
    DELIMITER,
    Defect,
    DocumentReader,
    Prelude,
    PreludeError,
    PreludeReader,
    parse_prelude,
)
from streambda.local.limits.limits import PRELUDE_BYTES

METADATA = b'{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}'
EXPECTED = Prelude(status=201, headers=(("a", "b"),), cookies=("c=d",))
BODIES = [b"", b"body", DELIMITER, b"\0" + DELIMITER + b"tail", b"\0\0\0"]


def read(pieces: list[bytes]) -> tuple[Prelude, bytes]:
    reader = PreludeReader(PRELUDE_BYTES)
    body = b"".join([reader.feed(piece) for piece in pieces])
    return reader.end(), body


@pytest.mark.parametrize("body", BODIES)
def test_whole(body: bytes) -> None:
    assert read([METADATA + DELIMITER + body]) == (EXPECTED, body)


@pytest.mark.parametrize("body", BODIES)
def test_byte_by_byte(body: bytes) -> None:
    whole = METADATA + DELIMITER + body

    assert read([whole[at : at + 1] for at in range(len(whole))]) == (EXPECTED, body)


@pytest.mark.parametrize("body", BODIES)
def test_every_cut_point(body: bytes) -> None:
    whole = METADATA + DELIMITER + body

    for at in range(len(whole) + 1):
        assert read([whole[:at], whole[at:]]) == (EXPECTED, body)


@given(st.binary(max_size=40), st.lists(st.integers(0, 110), max_size=6))
def test_any_split_gives_the_same(body: bytes, cuts: list[int]) -> None:
    whole = METADATA + DELIMITER + body
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]

    assert read(pieces) == (EXPECTED, body)


@given(st.binary(max_size=60))
def test_any_bytes_give_a_prelude_or_the_parsers_own_error(data: bytes) -> None:
    with suppress(PreludeError):
        read([data])


def test_delimiter_may_end_at_the_limit() -> None:
    padding = " " * (PRELUDE_BYTES - len(METADATA) - len(DELIMITER))
    prelude, body = read([METADATA + padding.encode() + DELIMITER + b"body"])

    assert (prelude, body) == (EXPECTED, b"body")


@pytest.mark.parametrize("size", [1, 1000, 10_000])
def test_delimiter_beyond_the_limit_is_too_long(size: int) -> None:
    padding = " " * (PRELUDE_BYTES - len(METADATA) - len(DELIMITER) + 1)
    whole = METADATA + padding.encode() + DELIMITER
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]

    with pytest.raises(PreludeError, match="within the first 16384 bytes") as caught:
        read(pieces)
    assert caught.value.defect is Defect.TOO_LONG


def test_end_without_delimiter() -> None:
    with pytest.raises(PreludeError, match="ended after 3 bytes") as caught:
        read([b"{}\0"])
    assert caught.value.defect is Defect.NO_DELIMITER


def test_an_empty_object_and_nulls_are_defaults() -> None:
    assert parse_prelude(b"{}") == Prelude() == parse_prelude(b'{"headers":null,"statusCode":null}')


def test_repeated_headers_become_pairs() -> None:
    prelude = parse_prelude(b'{"multiValueHeaders":{"a":["1","2"],"b":[]}}')

    assert prelude.multi_value_headers == (("a", "1"), ("a", "2"))


@pytest.mark.parametrize(
    ("document", "defect"),
    [
        (b"", Defect.NOT_JSON),
        (b"\xff", Defect.NOT_JSON),
        (b"[" * 100_000, Defect.NOT_JSON),
        (b"[]", Defect.NOT_AN_OBJECT),
        ({"body": "x"}, Defect.UNKNOWN_KEY),
        ({"statusCode": "200"}, Defect.BAD_STATUS),
        ({"statusCode": True}, Defect.BAD_STATUS),
        ({"statusCode": 101}, Defect.BAD_STATUS),
        ({"statusCode": 600}, Defect.BAD_STATUS),
        ({"headers": []}, Defect.BAD_HEADERS),
        ({"headers": {"a": 1}}, Defect.BAD_HEADERS),
        ({"headers": {"a": ["1"]}}, Defect.BAD_HEADERS),
        ({"multiValueHeaders": {"a": "1"}}, Defect.BAD_MULTI_VALUE_HEADERS),
        ({"multiValueHeaders": {"a": [1]}}, Defect.BAD_MULTI_VALUE_HEADERS),
        ({"multiValueHeaders": []}, Defect.BAD_MULTI_VALUE_HEADERS),
        ({"cookies": "a=b"}, Defect.BAD_COOKIES),
        ({"cookies": [1]}, Defect.BAD_COOKIES),
    ],
)
def test_defects_have_names(document: Any, defect: Defect) -> None:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()

    with pytest.raises(PreludeError) as caught:
        parse_prelude(raw)
    assert caught.value.defect is defect


@pytest.mark.parametrize("size", [1, 3, 8, 100])
def test_the_document_ends_where_the_body_begins(size: int) -> None:
    data = b'{"statusCode":200}' + DELIMITER + b"body\0\0\0\0\0\0\0\0more"
    reader = DocumentReader(None)

    body = b"".join(reader.feed(data[at : at + size]) for at in range(0, len(data), size))

    assert reader.document == b'{"statusCode":200}'
    assert body == b"body\0\0\0\0\0\0\0\0more"
