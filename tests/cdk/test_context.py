import pytest

from streambda.cdk.context import read_choice
from tests.cdk.conftest import MakeApp

COLOURS = {"red": 1, "green": 2}


def test_the_first_choice_holds_when_nothing_is_set(make_app: MakeApp) -> None:
    assert read_choice(make_app(), "colour", COLOURS) == 1


def test_a_value_stands_for_its_choice(make_app: MakeApp) -> None:
    assert read_choice(make_app(colour="green"), "colour", COLOURS) == 2


@pytest.mark.parametrize("value", ["blue", "", True, ["red"], {"a": 1}])
def test_any_other_value_is_refused_with_what_is_allowed(make_app: MakeApp, value: object) -> None:
    with pytest.raises(ValueError, match=r"^context colour is .*, expected 'red' or 'green'$") as e:
        read_choice(make_app(colour=value), "colour", COLOURS)

    assert repr(value) in str(e.value)
