"""Expressions and wildcards of others, matched within a time."""

import fnmatch
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda.local.model import patterns
from streambda.local.model.patterns import SlowPattern, check_pattern, matches, matches_wildcards

BROKEN = ["(", "[a", "a**b(", "*", "(?P<a>x)(?P<a", "\\", "(?<!a*)b\\9"]


@pytest.mark.parametrize("pattern", BROKEN)
def test_what_is_no_expression_is_one_line(pattern: str) -> None:
    with pytest.raises(ValueError, match="is not a regular expression: ") as caught:
        check_pattern(pattern)
    assert "\n" not in str(caught.value)
    assert repr(pattern) in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+b", "a" * 100),
        ("(a|a)*b", "a" * 100),
        ("(a|aa)+$", "a" * 100 + "!"),
        ("(.*)*x", "y" * 100),
        (r"^(\d+)*$", "1" * 100 + "a"),
        ("([a-zA-Z]+)*b", "a" * 100),
    ],
)
def test_a_match_ends(pattern: str, text: str) -> None:
    """`re` would need years. Whether it takes too long or is found to be none does not matter."""
    with suppress(SlowPattern):
        assert not matches(pattern, text)


def test_a_slow_match_is_told_apart_from_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MATCH_S", 0.001)
    with pytest.raises(SlowPattern, match=r"takes longer than 0\.001 s"):
        matches("(.*a){30}", "a" * 25 + "b" * 2000)


@given(st.text("ab*?", max_size=8), st.text("ab\n", max_size=8))
def test_wildcards_mean_what_they_mean_to_others(pattern: str, text: str) -> None:
    assert matches_wildcards(pattern, text) is fnmatch.fnmatchcase(text, pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("*", "", True),
        ("?", "", False),
        ("*" * 50 + "x", "a" * 5000, False),
        ("*a" * 30, "a" * 29, False),
        ("a*b*c", "a/\n/b/c", True),
        ("[a]", "a", False),
        ("[a]", "[a]", True),
    ],
)
def test_wildcards(pattern: str, text: str, expected: bool) -> None:
    assert matches_wildcards(pattern, text) is expected


def test_actions_have_no_case() -> None:
    assert matches_wildcards("EXECUTE-API:*", "execute-api:Invoke", ignore_case=True)
    assert not matches_wildcards("EXECUTE-API:*", "execute-api:Invoke")
