"""Which function a caller means."""

import pytest

from streambda.local.model.function_names import FunctionNames, function_arn
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode
from tests.support.local_functions import WORDS, make_function

CLOCK = make_function("App-Clock", "Clock1A", "Clock")
OTHER_CLOCK = make_function("Other-Clock", "Clock2B", "Clock")
NAMES = FunctionNames([WORDS, CLOCK, OTHER_CLOCK])


@pytest.mark.parametrize(
    ("reference", "qualifier", "expected"),
    [
        ("App-Words", None, WORDS),
        ("Words", None, WORDS),
        ("Words1A", None, WORDS),
        ("Clock2B", None, OTHER_CLOCK),
        ("App-Words:$LATEST", None, WORDS),
        ("App-Words", "$LATEST", WORDS),
        ("123456789012:function:App-Words", None, WORDS),
        ("arn:aws:lambda:us-east-1:123456789012:function:App-Words:$LATEST", None, WORDS),
    ],
)
def test_found(reference: str, qualifier: str | None, expected: LocalFunction) -> None:
    assert NAMES.find(reference, qualifier) is expected


@pytest.mark.parametrize(
    ("reference", "qualifier", "missing"),
    [
        ("Nobody", None, function_arn("Nobody")),
        ("Clock", None, function_arn("Clock")),
        ("Words", "live", f"{function_arn('Words')}:live"),
        ("Words:2", None, f"{function_arn('Words')}:2"),
        ("210987654321:function:App-Words", None, "210987654321:function:App-Words"),
    ],
)
def test_not_found(reference: str, qualifier: str | None, missing: str) -> None:
    with pytest.raises(AwsError) as caught:
        NAMES.find(reference, qualifier)
    assert caught.value.code is ErrorCode.RESOURCE_NOT_FOUND
    assert str(caught.value) == f"Function not found: {missing}"


@pytest.mark.parametrize("start", ["arn:aws:lambda:", ""])
def test_another_region(start: str) -> None:
    with pytest.raises(AwsError) as caught:
        NAMES.find(f"{start}eu-west-1:123456789012:function:App-Words:2")
    assert caught.value.code is ErrorCode.RESOURCE_NOT_FOUND
    there, here = "Functions from 'eu-west-1' are not reachable", "in this region ('us-east-1')"
    assert str(caught.value) == f"{there} {here}"


def test_two_qualifiers() -> None:
    assert NAMES.qualifier_of("Words:1", "1") == "1"
    with pytest.raises(AwsError, match=r"derived qualifier .* does not match"):
        NAMES.qualifier_of("Words:1", "live")


def test_no_name_at_all() -> None:
    with pytest.raises(AwsError, match="Value 'a/b' at 'functionName' failed"):
        NAMES.find("a/b")
