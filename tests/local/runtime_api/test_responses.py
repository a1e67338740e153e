"""What the trailers of a response say, and what is lost of them."""

import pytest

from streambda.local.invocation.failures import Failure
from streambda.local.runtime_api.responses import (
    decode_error_body,
    find_lost_trailers,
    read_trailer_failure,
)
from tests.support.runtime_api_session import BODY, BOOM, ENCODED, TYPE


@pytest.mark.parametrize(
    ("trailers", "declared", "expected"),
    [
        ({}, f"{TYPE}, {BODY}", None),
        ({TYPE: "A.B", BODY: ENCODED}, f"{TYPE.lower()},{BODY}", Failure(code="A.B", details=BOOM)),
        ({TYPE: "A.B", BODY: ENCODED}, "", None),
        ({TYPE: "A.B", BODY: ENCODED}, TYPE, Failure(code="A.B", details=None)),
        ({BODY: ENCODED}, BODY, Failure(code="Unhandled", details=BOOM)),
        ({TYPE: "anything", "X": "y"}, f"{TYPE}, X", Failure(code="anything", details=None)),
    ],
)
def test_which_trailers_count(
    trailers: dict[str, str], declared: str, expected: Failure | None
) -> None:
    lowered = {name.lower(): value for name, value in trailers.items()}

    assert read_trailer_failure(lowered, declared) == expected


@pytest.mark.parametrize(
    ("end_of_body", "trailers", "found"),
    [
        (b"data", {}, []),
        (f"data{TYPE}: Runtime.StreamError\r\n".encode(), {}, ["its error is text at the end"]),
        (f"{TYPE}: early".encode() + b"x" * 9000, {}, []),
        (b"data", {TYPE.lower(): "Function.Error"}, ["its error trailers are dropped"]),
        (b"data", {"server-timing": "1"}, []),
    ],
)
def test_an_error_that_no_client_is_told_of(
    end_of_body: bytes, trailers: dict[str, str], found: list[str]
) -> None:
    remarks = list(find_lost_trailers(end_of_body, trailers))

    assert len(remarks) == len(found)
    assert all(remark.startswith(start) for remark, start in zip(remarks, found, strict=True))


def test_error_body_that_is_no_base64_is_shown_as_it_came() -> None:
    assert decode_error_body("not base64!") == "not base64!"
