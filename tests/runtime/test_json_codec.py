"""JSON without `json`: the standard library is the judge of both directions."""

import json
import subprocess
import sys
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

    assert encode(value) == json.dumps(value, separators=(",", ":"))
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
        codec[1]({"a": {1}})
    with pytest.raises(ValueError, match="Circular"):
        codec[1](circle)


@each_codec
def test_a_decimal_is_a_number_as_in_lambdas_own_runtime(codec: Any) -> None:
    assert codec[1]([Decimal("1.5"), Decimal("3"), Decimal("4.0")]) == "[1.5,3,4]"


def test_bytes_and_text_are_read_alike() -> None:
    assert json_codec.loads(b'{"a":"\xc3\xbc"}') == json_codec.loads('{"a":"ü"}') == {"a": "ü"}


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
