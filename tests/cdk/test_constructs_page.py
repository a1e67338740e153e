"""docs/constructs.md has every option of the constructs, and none that is not there."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

import streambda.cdk
from streambda.cdk import StreamingFunction, StreamingRestApi
from streambda.cdk.function_options import REFUSED, FunctionOptions
from streambda.cdk.rules import callers, rest_apis, roles
from tests.support.templates import ROOT

PAGE = (ROOT / "docs/constructs.md").read_text("utf-8")


def section_of(name: str) -> str:
    """From the heading that has the construct's name to the next one of its level."""
    found = re.search(rf"^## [^\n]*\b{name}\b.*?(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, f"no heading for {name}"
    return found[0]


def parameters_of(call: Callable[..., Any]) -> set[str]:
    names = inspect.signature(call).parameters.keys()
    return set(names) - {"self", "scope", "id", "options"}


def in_code(text: str) -> set[str]:
    """The words within backticks, and those of blocks of code."""
    blocks = re.findall(r"```.*?```", text, re.S)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    return {word for part in [*blocks, *spans] for word in re.findall(r"\w+", part)}


@pytest.mark.parametrize(
    "name", [it for it in streambda.cdk.__all__ if it not in {"StreamingIntegration"}]
)
def test_every_option_of_a_construct_is_in_its_section(name: str) -> None:
    options = parameters_of(getattr(streambda.cdk, name).__init__)

    assert options <= in_code(section_of(name))


def test_every_option_of_a_route_is_there() -> None:
    assert parameters_of(StreamingRestApi.add_stream) <= in_code(section_of("StreamingRestApi"))


def test_every_option_of_the_cdk_is_there() -> None:
    section = section_of("StreamingFunction")
    refused = section[section.index("These are refused") : section.index("A wrong name or type")]

    assert FunctionOptions.__annotations__.keys() <= in_code(section)
    assert REFUSED.keys() <= in_code(refused)


def test_no_table_has_an_option_that_is_not_there() -> None:
    rows = re.findall(r"^\| (`[^|]*`) \|", section_of("StreamingFunction"), re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    known = parameters_of(StreamingFunction.__init__) | FunctionOptions.__annotations__.keys()

    assert len(named) > 30
    assert named <= known | REFUSED.keys()


def test_every_rule_is_there() -> None:
    sources = "".join(inspect.getsource(module) for module in (callers, rest_apis, roles))
    rules = set(re.findall(r'rule="([\w-]+)"', sources))

    assert len(rules) > 8
    assert rules == set(re.findall(r"^\| `streambda:([\w-]+)` (?:\(a warning\) )?\|", PAGE, re.M))
