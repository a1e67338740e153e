"""Parameters of templates: which values they take, and what is told of those they do not."""

from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.model.errors import AssemblyError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.given_values import GivenValues
from tests.support.local_assembly import function, write_assembly

LEVELS = {"AllowedValues": ["debug", "info"], "Default": "info"}


def read(
    folder: Path, definition: dict[str, Any], value: Any = None, given: dict[str, str] | None = None
) -> LocalFunction:
    """A function with X from the parameter P of this definition."""
    variables = {"Variables": {"X": {"Ref": "P"} if value is None else value}}
    template: dict[str, Any] = {"Parameters": {"P": definition, "Other": {"Type": "String"}}}
    written = write_assembly(folder, {"Words": function(Environment=variables)}, **template)
    return read_assembly(written, GivenValues(parameters=given or {})).functions[0]


@pytest.mark.parametrize(
    ("definition", "given", "expected"),
    [
        ({"Type": "String"}, "a", "a"),
        ({"Type": "String"}, "", ""),
        ({"Type": "String"}, "a=b=c", "a=b=c"),
        ({"Type": "String", "Default": "d"}, None, "d"),
        ({"Type": "String", "Default": "d"}, "a", "a"),
        ({"Type": "String", "Default": ""}, None, ""),
        ({"Type": "String", **LEVELS}, "debug", "debug"),
        ({"Type": "String", "AllowedValues": [True, 5]}, "true", "true"),
        ({"Type": "Number", "Default": 5}, None, "5"),
        ({"Type": "Number", "MinValue": 1, "MaxValue": "10"}, "10", "10"),
        ({"Type": "Number"}, "-1.5e3", "-1.5e3"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "abc", "abc"),
        ({"Type": "String", "AllowedPattern": "(a+)+b"}, "a" * 40 + "b", "a" * 40 + "b"),
        # Too slow to be known.
        ({"Type": "String", "AllowedPattern": "(a|aa)+$"}, "a" * 60 + "b", "a" * 60 + "b"),
        ({"Type": "String", "AllowedPattern": "[a-z"}, "a1", "a1"),  # of no syntax we know
        ({"Type": "CommaDelimitedList"}, "a, b", "a,b"),
        ({"Type": "List<Number>"}, "1,2", "1,2"),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "b,a", "b,a"),
        ({"Type": "AWS::EC2::KeyPair::KeyName"}, "key", "key"),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/db"}, "host", "host"),
        ({"Type": "AWS::SSM::Parameter::Value<List<String>>"}, "a,b", "a,b"),
        ({"Type": "String", "NoEcho": True, "MinLength": "2"}, "secret", "secret"),
    ],
)
def test_a_value_that_is_allowed(
    definition: dict[str, Any], given: str | None, expected: str, tmp_path: Path
) -> None:
    found = read(tmp_path, definition, given={} if given is None else {"P": given})

    assert (found.environment["X"], found.unresolved) == (expected, {})


@pytest.mark.parametrize(
    ("definition", "given", "message"),
    [
        (LEVELS, "trace", "--parameter P: its value 'trace' is not allowed, expected one of debug"),
        ({"Type": "Number"}, "many", "'many' is not allowed, expected a number"),
        ({"Type": "Number"}, "nan", "'nan' is not allowed, expected a number"),
        ({"Type": "Number"}, "", "'' is not allowed, expected a number"),
        ({"Type": "Number", "MinValue": 1}, "0", "'0' is not allowed, expected 1 or more"),
        ({"Type": "Number", "MaxValue": "9"}, "10", "'10' is not allowed, expected 9 or less"),
        ({"MinLength": 2}, "a", "'a' is not allowed, expected 2 characters or more"),
        ({"MaxLength": 2}, "abc", "'abc' is not allowed, expected 2 characters or less"),
        ({"AllowedPattern": "[a-z]+"}, "A1", r"'A1' is not allowed, expected to match \[a-z\]\+"),
        (
            {"AllowedPattern": "[a-z]+", "ConstraintDescription": "small letters"},
            "A",
            r"to match \[a-z\]\+ \(small letters\)",
        ),
        ({"Type": "List<Number>"}, "1,x", "'1,x' is not allowed, expected a number"),
        ({"Type": "CommaDelimitedList", **LEVELS}, "info,no", "expected one of debug, info"),
        ({"NoEcho": True, "MinLength": 9}, "pass", "P: its value is not allowed, expected 9"),
    ],
)
def test_a_value_that_is_not_allowed(
    definition: dict[str, Any], given: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(AssemblyError, match=message) as caught:
        read(tmp_path, definition, given={"P": given})
    assert "\n" not in str(caught.value)
    assert not definition.get("NoEcho") or given not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Q", "--parameter Q: no template has a parameter of this name, expected one of Other, P"),
        ("p", "expected one of Other, P"),
        ("Nowhere:P", "--parameter Nowhere:P: no template has"),
    ],
)
def test_an_unknown_name_names_those_that_exist(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=message):
        read(tmp_path, {"Type": "String"}, given={name: "x"})


def test_templates_without_parameters_say_so(tmp_path: Path) -> None:
    version = {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>"}}
    written = write_assembly(tmp_path, {"Words": function()}, Parameters=version)

    with pytest.raises(AssemblyError, match="the templates have no parameters"):
        read_assembly(written, GivenValues(parameters={"P": "x"}))


def test_the_name_with_the_stack_wins(tmp_path: Path) -> None:
    given = {"Stack:P": "own", "P": "general"}

    assert read(tmp_path, {"Type": "String"}, given=given).environment["X"] == "own"


def test_parameters_decide_conditions_resources_and_numbers(tmp_path: Path) -> None:
    """The parts of a function that are no variables, too."""
    words = function(Timeout={"Ref": "Seconds"}, MemorySize={"Fn::If": ["Large", 512, 256]})
    extra = {**function(FunctionName="Extra"), "Condition": "Large"}
    template: dict[str, Any] = {
        "Parameters": {"Seconds": {"Type": "Number"}, "Size": {"Default": "small"}},
        "Conditions": {"Large": {"Fn::Equals": [{"Ref": "Size"}, "large"]}},
    }
    written = write_assembly(tmp_path, {"Words": words, "Extra": extra}, **template)

    [small] = read_assembly(written, GivenValues()).functions
    given = GivenValues(parameters={"Seconds": "7", "Size": "large"})
    large, second = read_assembly(written, given).functions

    assert (small.timeout_s, small.memory_mb) == (3, 256)
    assert small.unresolved == {"Timeout": "parameter Seconds; here 3"}
    assert (large.timeout_s, large.memory_mb, second.name) == (7, 512, "Extra")
