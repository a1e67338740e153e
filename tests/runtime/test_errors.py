"""The error report: one line, of a size that Lambda's side can read, the message kept longest."""

import json
import re
import sys
from base64 import b64decode, b64encode
from traceback import extract_tb
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda_runtime import errors
from streambda_runtime.async_calls import run_sync
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
    document = decoded(ErrorReport("Function.E", "E", "m" * 10_000, ("frame" * 1000,)))

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


def test_the_report_of_a_stack_of_many_frames_fits_and_keeps_the_innermost() -> None:
    frames = tuple(f'  File "mine.py", line {n}, in f\n    return g()\n' for n in range(50_000))

    document = decoded(ErrorReport("Function.E", "E", "m", frames))

    kept = document["stackTrace"]
    assert 20 < len(kept) < 100
    assert kept == list(frames[-len(kept) :])


@pytest.mark.parametrize("size", [0, 1, 10, 60, 61, 62, 63, 64, 1000, 3000])
def test_as_many_frames_are_kept_as_fit(size: int) -> None:
    frames = tuple("f" * size + str(n) for n in range(200))
    report = ErrorReport("Function.E", "E", "message", frames)

    kept = decoded(report)["stackTrace"]

    def fits(count: int) -> bool:
        whole = {"errorMessage": "message", "errorType": "E", "stackTrace": frames[200 - count :]}
        document = b64encode(json.dumps(whole, separators=(",", ":")).encode())
        (name, value), (body, _) = report.trailers()
        return len(f"{name}: {value}\r\n{body}: \r\n\r\n") + len(document) <= 4096

    assert kept == list(frames[200 - len(kept) :])
    assert fits(len(kept))
    assert len(kept) == 200 or not fits(len(kept) + 1)


def test_a_class_without_a_name_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    class Nameless(type):
        @property
        def __name__(cls) -> str:  # type: ignore[override]
            raise KeyError("name")

    class Odd(Exception, metaclass=Nameless):
        pass

    assert ErrorReport.of(Odd("text")).name == "Exception"


def test_frames_are_told_without_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def extract_tb(self, trace: object) -> None:
            raise SystemExit

    def fail() -> None:
        raise ValueError("mine")

    monkeypatch.setattr("streambda_runtime.errors._traceback", Broken())
    with pytest.raises(ValueError, match="mine") as caught:
        fail()

    *_, last = ErrorReport.of(caught.value).stack
    assert re.fullmatch(r'  File ".*test_errors\.py", line \d+, in fail\n', last)


def test_what_reports_need_can_be_loaded_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streambda_runtime.errors._traceback", None)
    monkeypatch.setattr("streambda_runtime.errors._binascii", None)

    errors.load_ahead()
    monkeypatch.setitem(sys.modules, "traceback", ModuleType("traceback"))

    assert "raise error" in raised(ValueError("boom")).stack[-1]


def test_the_errors_of_a_group_are_in_the_report() -> None:
    inner = raised_error(KeyError("second"))
    group = ExceptionGroup(
        "two", [raised_error(ValueError("first")), ExceptionGroup("in", [inner])]
    )

    report = ErrorReport.of(group)

    assert report.message == (
        "two (2 sub-exceptions): ValueError: first; ExceptionGroup: in (1 sub-exception):"
        " KeyError: 'second'"
    )
    assert [line for line in report.stack if "Error: " in line][:1] == ["  ValueError: first\n"]


def raise_from(error: Exception, cause: Exception) -> None:
    raise error from cause


def raise_while_handling(error: Exception, cause: Exception) -> None:
    try:
        raise cause
    except Exception:
        raise error  # noqa: B904


def raise_without_cause(error: Exception, cause: Exception) -> None:
    try:
        raise cause
    except Exception:
        raise error from None


@pytest.mark.parametrize(
    ("raise_error", "titles"),
    [
        (raise_from, ["  caused by KeyError: 'mine'\n"]),
        (raise_while_handling, ["  caused by KeyError: 'mine'\n"]),
        (raise_without_cause, []),
    ],
)
def test_what_led_to_an_error_is_in_the_stack(raise_error: Any, titles: list[str]) -> None:
    with pytest.raises(RuntimeError) as caught:
        raise_error(RuntimeError("the framework's"), raised_error(KeyError("mine")))

    report = ErrorReport.of(caught.value)

    assert report.message == "the framework's"
    assert [line for line in report.stack if "caused by" in line] == titles
    assert any("in raised_error" in line for line in report.stack) == bool(titles)


def test_errors_that_led_to_one_another_are_told_once_and_not_too_many() -> None:
    first, second = ValueError("1"), ValueError("2")
    first.__cause__, second.__cause__ = second, first
    assert ErrorReport.of(first).stack == ("  caused by ValueError: 2\n",)

    last = ValueError("0")
    for number in range(1, 20):
        error = ValueError(str(number))
        error.__cause__ = last
        last = error
    titles = [f"  caused by ValueError: {number}\n" for number in (18, 17, 16, 15, 14)]
    assert list(ErrorReport.of(last).stack) == titles


def raised_error(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize("size", range(8))
def test_base64_needs_no_module(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    report = ErrorReport("Function.E", "E", "x" * size, ())
    expected = report.trailers()

    class Missing:
        def b2a_base64(self, data: bytes, newline: bool) -> bytes:
            raise OSError(24, "Too many open files")

    monkeypatch.setattr("streambda_runtime.errors._binascii", Missing())

    assert report.trailers() == expected


def test_the_runtimes_own_frames_are_left_out_without_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken:
        def extract_tb(self, trace: object) -> None:
            raise SystemExit

    async def fail() -> None:
        raise ValueError("mine")

    monkeypatch.setattr("streambda_runtime.errors._traceback", Broken())
    with pytest.raises(ValueError, match="mine") as caught:
        run_sync(fail())

    stack = ErrorReport.of(caught.value).stack
    assert any(frame.name == "run_sync" for frame in extract_tb(caught.value.__traceback__))
    assert not any("run_sync" in line for line in stack)
    assert "in fail" in stack[-1]
