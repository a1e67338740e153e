"""Limits as a command line changes them."""

from dataclasses import fields

import pytest

from streambda.local import Limits, LocalCloudError


def test_each_can_be_changed_and_switched_off() -> None:
    limits = Limits().change(["rest-rate=1000", "edge-idle=0.5", "event=off"])

    assert (limits.rest_rate, limits.edge_idle, limits.event) == (1000, 0.5, None)
    assert isinstance(limits.rest_rate, int)
    assert limits.streamed_response == 200 * 1024 * 1024


def test_none_is_none_of_them() -> None:
    none = Limits.none()

    assert {getattr(none, one.name) for one in fields(none)} == {None}
    assert none.change(["event=5"]).event == 5


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("speed=1", "--limit speed=1: unknown limit 'speed', expected one of event, async-event, "),
        ("event", "--limit event: expected event=NUMBER or event=off"),
        ("event=much", "'much' is neither a number nor 'off'"),
        ("event=0", "'0' is not a number above 0"),
        ("event=nan", "'nan' is not a number above 0"),
        ("event=inf", "'inf' is not a number above 0"),
    ],
)
def test_what_is_no_limit(option: str, message: str) -> None:
    with pytest.raises(LocalCloudError, match=message):
        Limits().change([option])
