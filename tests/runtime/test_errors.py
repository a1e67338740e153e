"""The error report: one line, of a size that Lambda's side can read, the message kept longest."""

import json
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda_runtime.errors import MAX_TRAILER_SECTION, ErrorReport, RuntimeFault
from streambda_runtime.http11 import last_chunk


def section(report: ErrorReport) -> bytes:
    """The trailer section as it is sent, its closing CRLF included."""
    return last_chunk(report.trailers()).removeprefix(b"0\r\n")


def decoded(report: ErrorReport) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(b64decode(report.trailers()[1][1], validate=True))
    return document


def raised(error: BaseException) -> ErrorReport:
    try:
        raise error
    except BaseException as caught:
        return ErrorReport.of(caught)


@given(
    name=st.text(max_size=400),
    message=st.text(max_size=6000),
    stack=st.lists(st.text(max_size=600), max_size=20),
)
def test_the_trailer_section_always_fits_and_stays_on_its_lines(
    name: str, message: str, stack: list[str]
) -> None:
    report = ErrorReport(f"Function.{name}", name, message, tuple(stack))

    wire = section(report)

    assert len(wire) <= MAX_TRAILER_SECTION
    assert wire.count(b"\r\n") == 3
    assert wire.count(b"\n") == 3
    assert set(decoded(report)) == {"errorMessage", "errorType", "stackTrace"}


def test_the_stack_is_cut_before_the_message_and_from_its_outer_end() -> None:
    frames = tuple(f"  File {number}\n" + "x" * 400 for number in range(20))
    report = ErrorReport("Function.E", "E", "m" * 1000, frames)

    document = decoded(report)

    assert document["errorMessage"] == "m" * 1000
    assert 0 < len(document["stackTrace"]) < 20
    assert document["stackTrace"][-1] == frames[-1]


def test_a_message_beyond_all_room_is_cut_when_no_stack_is_left() -> None:
    document = decoded(ErrorReport("Function.E", "E", "m" * 10_000, ("frame",)))

    assert document["stackTrace"] == []
    assert document["errorMessage"].startswith("m" * 1000)


def test_a_short_report_is_whole_in_body_and_trailer() -> None:
    report = raised(ValueError("boom"))

    assert json.loads(report.body()) == decoded(report)
    assert "raise error" in decoded(report)["stackTrace"][-1]


def test_a_fault_carries_its_own_type_and_no_stack() -> None:
    report = raised(RuntimeFault("Runtime.InvalidChunk", "told"))

    assert report.trailers()[0][1] == "Runtime.InvalidChunk"
    assert json.loads(report.body()) == {
        "errorMessage": "told", "errorType": "Runtime.InvalidChunk", "stackTrace": []
    }  # fmt: skip


def test_a_type_name_cannot_split_the_field() -> None:
    odd = type("Bad\r\nX-Injected: é", (Exception,), {})

    (_, error_type), _ = raised(odd("x")).trailers()

    assert error_type == "Function.Bad??X-Injected:??"


def test_a_str_that_raises_does_not_hide_the_error() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    assert raised(Broken()).message == "<message unavailable: ZeroDivisionError in __str__>"


@pytest.mark.parametrize("message", ["", "two\nlines", "\udcff"])
def test_any_message_has_a_log_text(message: str) -> None:
    text = raised(ValueError(message)).log_text()

    assert text.startswith(f"[ERROR] ValueError: {message}\n")
    assert not text.endswith("\n")
