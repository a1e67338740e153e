"""JSON by the C functions that `json` itself calls, without importing `json`.

`json` brings `re` and `enum` with it, which together take as long to import as the interpreter
takes to start (ADR 3). Where the C functions are missing or have changed, `json` is used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

try:
    from _json import encode_basestring
except ImportError:
    from json.encoder import py_encode_basestring as encode_basestring

quote: Callable[[str], str] = encode_basestring
"""The JSON string of a text, with its characters as they are."""

_SPACE = " \t\n\r"
_MAX_DIGITS = 308  # of a whole Decimal that is written out: what a float has at most


class _Decoding:
    """The settings that the C scanner reads from its context: those of `json.loads`."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None  # from CPython 3.15 on
    parse_float = float
    parse_int = int
    # As in `json`: the three constants that JSON lacks and JavaScript has.
    parse_constant = {
        name: float(value)
        for name, value in (("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf"))
    }.__getitem__
    memo: dict[str, str] = {}  # noqa: RUF012  (the scanner empties it after each document)


def _encode_number(value: Any) -> float | int:
    """A Decimal, which DynamoDB's tables give, is a number to Lambda's own Python runtime too."""
    if type(value).__name__ == "Decimal":
        if not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS:
            return float(value)
        return int(value) if value == int(value) else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _make_c_codec() -> tuple[Callable[[str], Any], Callable[[object, bool], str]]:
    from _json import encode_basestring, encode_basestring_ascii, make_encoder, make_scanner

    scan = make_scanner(_Decoding)  # type: ignore[arg-type]  # any object with these attributes

    def decode(text: str) -> Any:
        text = text.strip(_SPACE)
        try:
            value, end = scan(text, 0)
            if end == len(text):
                return value
        except (StopIteration, ValueError, SystemError):
            pass  # the scanner cannot raise JSONDecodeError before `json` has been imported
        return _make_stdlib_codec()[0](text)  # which names what is wrong, and where

    def encode(value: object, ascii: bool) -> str:
        text = encode_basestring_ascii if ascii else encode_basestring
        # A circular value is found through the markers, which belong to one call.
        encoder = make_encoder({}, _encode_number, text, None, ":", ",", False, False, True)
        return "".join(encoder(value, 0))

    if decode(encode({"a": [1, None]}, True)) != {"a": [1, None]}:
        raise ImportError("_json does not read back what it wrote")
    return decode, encode


def _make_stdlib_codec() -> tuple[Callable[[str], Any], Callable[[object, bool], str]]:
    import json

    encoders = [
        json.JSONEncoder(separators=(",", ":"), default=_encode_number, ensure_ascii=ascii)
        for ascii in (False, True)
    ]
    return json.loads, lambda value, ascii: encoders[ascii].encode(value)


try:
    _decode, _encode = _make_c_codec()
except (ImportError, AttributeError, TypeError):
    _decode, _encode = _make_stdlib_codec()


def loads(data: bytes | str) -> Any:
    """The value of a JSON document.

    Raises ValueError when it is none, or when it is nested deeper than Python can follow.
    """
    try:
        return _decode(data if isinstance(data, str) else data.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def dumps(value: object) -> bytes:
    """The shortest JSON document of a value, as UTF-8; lone surrogates are escaped.

    Raises TypeError for what JSON has no form for, ValueError for what contains itself or is nested
    deeper than Python can follow.
    """
    try:
        # A lone surrogate has no form in UTF-8. What Python writes for it is JSON's own escape.
        return _encode(value, False).encode("utf-8", "backslashreplace")
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def dumps_ascii(value: object) -> bytes:
    """As `dumps`, in ASCII alone: for what travels in headers and in lines of the log."""
    try:
        return _encode(value, True).encode("ascii")
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
