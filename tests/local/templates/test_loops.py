"""Fn::ForEach: resources, and parts of them, for each value of a list."""

import json
from pathlib import Path
from typing import Any

import pytest

from streambda.local.templates.loops import expand_loop
from tests.support.sam_templates import SAM, gaps, read, sam, write_template

LOOPS = """
  Fn::ForEach::Functions:
    - Name
    - [One, Two-2, !Ref More]
    - Words&{Name}:
        Type: AWS::Serverless::Function
        Properties:
          FunctionName: !Sub "shop-${Name}"
          Events:
            Get: {Type: Api, Properties: {Path: !Sub "/${Name}", Method: get}}
          Environment:
            Variables:
              NAME: !Ref Name
              Fn::ForEach::Variables:
                - Letter
                - [A, B]
                - VALUE_${Letter}: !Sub "${Name}${Letter}"
"""


def test_functions_and_their_variables(tmp_path: Path) -> None:
    text = sam(LOOPS, "Parameters: {More: {Type: CommaDelimitedList, Default: 'x,y'}}")
    text = text.replace(f"Transform: {SAM}", f"Transform: [AWS::LanguageExtensions, {SAM}]")

    found = read(write_template(tmp_path, text))

    assert gaps(found) == []
    assert [one.logical_id for one in found.functions] == [
        "WordsOne",
        "WordsTwo2",
        "Wordsx",
        "Wordsy",
    ]
    assert [one.name for one in found.functions][:2] == ["shop-One", "shop-Two-2"]
    assert {route.path for api in found.rest_apis for route in api.routes} >= {"/One", "/Two-2"}
    assert found.functions[0].environment == {"NAME": "One", "VALUE_A": "OneA", "VALUE_B": "OneB"}


@pytest.mark.parametrize("argument", [1, [], ["a", ["b"]], [1, [], {}], ["a", [], "c"]])
def test_another_form(argument: Any) -> None:
    with pytest.raises(ValueError, match="needs a list of three"):
        list(expand_loop(argument, str))


def test_loops_within_loops(tmp_path: Path) -> None:
    inner = {"Words${A}${B}": {"Type": "AWS::Serverless::Function"}}
    outer = {"Fn::ForEach::Inner": ["B", ["x", "y"], inner]}
    document = {
        "Transform": ["AWS::LanguageExtensions", SAM],
        "Globals": {"Function": {"Runtime": "python3.13", "Handler": "a.b", "CodeUri": "src"}},
        "Resources": {"Fn::ForEach::Outer": ["A", ["1", "2"], outer]},
    }

    found = read(write_template(tmp_path, json.dumps(document)))

    names = [one.logical_id for one in found.functions]
    assert names == ["Words1x", "Words1y", "Words2x", "Words2y"]


def test_another_form_is_left_out(tmp_path: Path) -> None:
    loop = "\n  Fn::ForEach::Functions: [a]\n  Words: {Type: AWS::Serverless::Function}"
    text = sam(loop).replace(f"Transform: {SAM}", f"Transform: [AWS::LanguageExtensions, {SAM}]")

    found = read(write_template(tmp_path, text))

    [(name, reason)] = gaps(found)
    assert name == "Fn::ForEach::Functions"
    assert reason.endswith("and an object: it is left out")
    assert [one.logical_id for one in found.functions] == ["Words"]
