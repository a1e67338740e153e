"""Results as Lambda's own Python runtime writes them; the expected texts are awslambdaric's."""

import enum
from collections import OrderedDict, namedtuple
from decimal import Decimal
from typing import Any

import pytest

from streambda.local.managed_python.errors import FunctionError
from streambda.local.managed_python.marshalling import Marshaller

Point = namedtuple("Point", "x y")


class Colour(enum.IntEnum):
    RED = 1


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, "null"),
        ([True, 1, 1.5, "x"], '[true, 1, 1.5, "x"]'),
        ({"nan": float("nan"), "inf": float("-inf")}, '{"nan": NaN, "inf": -Infinity}'),
        ({"price": Decimal("1.10")}, '{"price": 1.10}'),
        ([Decimal("NaN"), Decimal("1E+5"), Decimal("-0")], "[NaN, 1E+5, -0]"),
        (Point(1, (2, Point(3, []))), '{"x": 1, "y": [2, {"x": 3, "y": []}]}'),
        ({"b": "é".encode()}, '{"b": "é"}'),
        ({1: 2, 1.5: 3, None: 4, b"k": 5}, '{"1": 2, "1.5": 3, "null": 4, "k": 5}'),
        ({True: Colour.RED}, '{"true": 1}'),
        (OrderedDict(a={}), '{"a": {}}'),
    ],
)
def test_a_document(result: Any, expected: str) -> None:
    body, content_type = Marshaller(ascii_only=False).marshal(result)

    assert (body.decode(), content_type) == (expected, "application/json")


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        ("AWS_Lambda_python3.13", '"é"'),
        ("AWS_Lambda_python3.12", '"é"'),
        ("AWS_Lambda_python3.11", '"\\u00e9"'),
        ("AWS_Lambda_python3.9", '"\\u00e9"'),
    ],
)
def test_text_beyond_ascii(runtime: str, expected: str) -> None:
    body, _ = Marshaller.from_environ({"AWS_EXECUTION_ENV": runtime}).marshal("é")

    assert body.decode() == expected


LOOP: list[Any] = []
LOOP.append([LOOP])


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({1, 2}, "Object of type set is not JSON serializable"),
        (Point, "Object of type type is not JSON serializable"),
        (LOOP, "Circular reference detected"),
        ({(1,): 2}, "keys must be str, int, float, bool or None, not tuple"),
        ({"b": b"\xff"}, "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)
def test_what_is_no_document(result: Any, reason: str) -> None:
    marshaller = Marshaller(ascii_only=False)

    with pytest.raises(FunctionError) as caught:
        marshaller.marshal(result)

    assert caught.value.error_type == "Runtime.MarshalError"
    assert str(caught.value) == f"Unable to marshal response: {reason}"
    assert marshaller.marshal([[]]) == (b"[[]]", "application/json")
