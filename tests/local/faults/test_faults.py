"""Faults as a command line names them, and the decisions that a seed makes."""

import pytest

from streambda.local import Faults, LocalCloudError
from streambda.local.faults.faults import NO_FAULTS, read_faults


def test_every_fault_has_a_name() -> None:
    found = read_faults(
        [
            "reset-after=10",
            "rest-api:slow-reader=5",
            "rest-api:throttle=0.5",
            "lambda-api:trailer-loss",
            "lambda-api:split-prelude=1",
            "function-url:gunzip",
            "clock-skew=-60",
            "seed=7",
        ]
    )

    assert found == {
        "lambda-api": Faults(
            reset_after=10, trailer_loss=True, split_prelude=1, clock_skew=-60, seed=7
        ),
        "function-url": Faults(reset_after=10, gunzip=True, clock_skew=-60, seed=7),
        "rest-api": Faults(reset_after=10, slow_reader=5, throttle=0.5, clock_skew=-60, seed=7),
        "http-api": Faults(reset_after=10, clock_skew=-60, seed=7),
    }


def test_no_option_is_no_fault() -> None:
    assert set(read_faults([]).values()) == {NO_FAULTS}


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "endpoint:gunzip",
            "unknown endpoint 'endpoint', expected one of lambda-api, function-url, rest-api",
        ),
        ("thunder", "unknown fault 'thunder', expected one of reset-after, slow-reader, "),
        ("reset-after", "'' is not valid, expected a number of bytes"),
        ("reset-after=-1", "'-1' is not valid, expected a number of bytes"),
        ("slow-reader=0", "'0' is not valid, expected a number of bytes per second"),
        ("throttle=1.5", "'1.5' is not valid, expected a share of requests"),
        ("split-prelude=x", "'x' is not valid"),
        ("gunzip=yes", "'yes' is not valid, expected no value"),
        ("clock-skew=late", "'late' is not valid, expected a number of seconds"),
        ("clock-skew=nan", "'nan' is not valid, expected a number of seconds"),
        ("clock-skew=inf", "'inf' is not valid, expected a number of seconds"),
        ("seed=0.5", "'0.5' is not valid, expected a whole number"),
    ],
)
def test_what_is_no_fault(option: str, message: str) -> None:
    with pytest.raises(LocalCloudError, match=message):
        read_faults([option])
