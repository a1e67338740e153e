"""JSON without `json`: the standard library is the judge of both directions."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda_runtime import json_codec
from tests.support.cold_start import SLOW_IMPORTS

ROOT = Path(__file__).parents[2]
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
CODECS = {"c": json_codec._make_c_codec(), "stdlib": json_codec._make_stdlib_codec()}
each_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)


@each_codec
@given(value=DOCUMENTS)
def test_the_standard_library_agrees(codec: Any, value: Any) -> None:
    decode, encode = codec

    for ascii in (False, True):
        expected = json.dumps(value, separators=(",", ":"), ensure_ascii=ascii)
        assert encode(value, ascii) == expected
    assert decode(json.dumps(value, indent=1, ensure_ascii=False)) == value


@each_codec
@pytest.mark.parametrize("text", ["", " ", "{", "{} x", "nul", '{"a":1,}', '"\n"', "\ufeff{}"])
def test_what_is_no_json_is_a_value_error_with_its_place(codec: Any, text: str) -> None:
    with pytest.raises(json.JSONDecodeError, match="line 1 column"):
        codec[0](text)


@each_codec
def test_what_json_cannot_hold_is_refused(codec: Any) -> None:
    circle: list[Any] = []
    circle.append(circle)

    with pytest.raises(TypeError, match="set is not JSON"):
        codec[1]({"a": {1}}, False)
    with pytest.raises(ValueError, match="Circular"):
        codec[1](circle, False)


@each_codec
def test_a_decimal_is_a_number_as_in_lambdas_own_runtime(codec: Any) -> None:
    assert codec[1]([Decimal("1.5"), Decimal("3"), Decimal("4.0")], True) == "[1.5,3,4]"


def test_bytes_and_text_are_read_alike() -> None:
    assert json_codec.loads(b'{"a":"\xc3\xbc"}') == json_codec.loads('{"a":"ü"}') == {"a": "ü"}


@pytest.mark.parametrize(
    ("value", "utf8", "ascii"),
    [
        ("語", b'"\xe8\xaa\x9e"', b'"\\u8a9e"'),
        ({"é": "\u2028"}, b'{"\xc3\xa9":"\xe2\x80\xa8"}', b'{"\\u00e9":"\\u2028"}'),
        ("😀", b'"\xf0\x9f\x98\x80"', b'"\\ud83d\\ude00"'),
        ("\ud83d", b'"\\ud83d"', b'"\\ud83d"'),  # half of an emoji has no form in UTF-8
        (["語", "\udc00"], b'["\xe8\xaa\x9e","\\udc00"]', b'["\\u8a9e","\\udc00"]'),
    ],
)
def test_text_is_utf8_and_a_lone_surrogate_is_escaped(
    value: Any, utf8: bytes, ascii: bytes
) -> None:
    assert json_codec.dumps(value) == utf8
    assert json_codec.dumps_ascii(value) == ascii
    assert json_codec.loads(utf8) == json_codec.loads(ascii) == value


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_what_is_nested_too_deeply_is_a_value_error(opening: str, depth: int) -> None:
    closing = "]" if opening == "[" else "}"
    text = opening * depth + "1" + closing * depth
    deep: Any = 1
    for _ in range(depth):
        deep = [deep] if opening == "[" else {"a": deep}

    # How deep is too deep differs between Pythons: at 100,000 it is too deep for all that have a
    # limit, and what has none must give the value.
    calls: list[tuple[Callable[[Any], Any], Any]] = [
        (json_codec.loads, text),
        (json_codec.dumps, deep),
        (json_codec.dumps_ascii, deep),
    ]
    for call, argument in calls:
        with suppress_too_deep():
            assert call(argument)


@contextmanager
def suppress_too_deep() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        if "nested too deeply" not in str(error):
            raise


START = """
import sys
sys.path.insert(0, {path!r})
import streambda_runtime.start
try:
    streambda_runtime.start.handlers.dumps(streambda_runtime.invocation.loads(b'{{"a": [1]}}'))
finally:
    print(*sys.modules)
"""


def test_a_cold_start_imports_nothing_slow() -> None:
    """Guards the time of a cold start without measuring it; see docs/adr/0003."""
    code = START.format(path=str(ROOT / "lambda_src"))
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)

    assert not SLOW_IMPORTS & set(done.stdout.split())


def test_a_json_error_before_json_was_imported_is_named_all_the_same() -> None:
    code = START.format(path=str(ROOT / "lambda_src")).replace("b'{\"a\": [1]}'", "b'{oops'")
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    assert "JSONDecodeError: Expecting property name" in done.stderr
