"""Nested stacks of SAM, of CloudFormation and of the CDK: values go both ways."""

import json
from pathlib import Path

import pytest

from tests.support.local_assembly import function
from tests.support.sam_templates import gaps, read, sam, write_template

NESTED = """
Outputs:
  Name: {Value: !Ref Inner}
  Passed: {Value: !Ref Table}
"""
INNER = """
  Inner:
    Type: AWS::Serverless::Function
    Properties: {Environment: {Variables: {TABLE: !Ref Table, LAST: !Select [1, !Ref Names]}}}
"""
TABLE = "Parameters: {Table: {Type: String}, Names: {Type: CommaDelimitedList, Default: 'a,b'}}"
OUTER = """
  Outer:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {INNER: !GetAtt Child.Outputs.Name, NONE: !GetAtt Child.Outputs.No}}
  Child:
    Type: %s
    Properties: {%s: child/template.yaml, Parameters: {Table: !Sub "${AWS::StackName}-t"}}
"""


@pytest.mark.parametrize(
    ("kind", "name"),
    [("AWS::Serverless::Application", "Location"), ("AWS::CloudFormation::Stack", "TemplateURL")],
)
def test_nested_stacks(kind: str, name: str, tmp_path: Path) -> None:
    write_template(tmp_path / "child", sam(INNER, TABLE, NESTED))
    found = read(write_template(tmp_path, sam(OUTER % (kind, name))))

    outer, inner = found.functions
    assert inner.name.startswith("shop-Child-Inner-")
    assert inner.code == tmp_path / "child/src"
    assert inner.environment == {"TABLE": "shop-t", "LAST": "b"}
    assert outer.environment["INNER"] == inner.name
    assert outer.unresolved == {"NONE": "Child.No"}
    assert gaps(found) == []
    own = read(tmp_path / "template.yaml", parameters={"shop-Child:Table": "x"})
    assert own.functions[1].environment["TABLE"] == "x"


def test_nested_stacks_of_the_cdk(tmp_path: Path) -> None:
    from streambda.local.assembly.read_assembly import read_assembly
    from tests.support.local_assembly import write_assembly

    inner = {
        "Resources": {
            "Fn": {
                **function(Environment={"Variables": {"NAME": {"Ref": "P"}}}),
                "Metadata": {"aws:cdk:path": "App/Nested/Fn/Resource"},
            }
        },
        "Parameters": {"P": {"Type": "String"}},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Fn", "Arn"]}}},
    }
    (tmp_path / "nested.template.json").write_text(json.dumps(inner))
    address = {
        "Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".x/bucket/nestedkey.json"]]
    }
    resources = {
        "Nested": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": address, "Parameters": {"P": {"Ref": "AWS::StackName"}}},
        },
        "Outer": function(
            Environment={"Variables": {"ARN": {"Fn::GetAtt": ["Nested", "Outputs.Arn"]}}}
        ),
    }
    folder = write_assembly(
        tmp_path, resources, assets={"nestedkey.json": tmp_path / "nested.template.json"}
    )

    outer, nested = read_assembly(folder).functions

    assert nested.name == "App-Nested-Fn"
    assert nested.environment == {"NAME": "Stack"}
    assert outer.environment == {"ARN": nested.arn}
    assert outer.unresolved == {}


def test_values_that_nested_stacks_need(tmp_path: Path) -> None:
    """What is known only after deployment is named, through both stacks."""
    inner = INNER.replace("LAST: !Select [1, !Ref Names]", "")
    write_template(tmp_path / "child", sam(inner, TABLE, NESTED))
    outer = OUTER.replace('!Sub "${AWS::StackName}-t"', "!Ref Queue") + (
        "  Queue: {Type: AWS::SQS::Queue}\n"
    )
    resources = (outer % ("AWS::Serverless::Application", "Location")).replace(
        "Outputs.No}", "Outputs.Passed}"
    )
    found = read(write_template(tmp_path, sam(resources)))

    assert found.functions[0].unresolved == {"NONE": "Queue (AWS::SQS::Queue)"}
    assert found.functions[1].unresolved == {"TABLE": "Queue (AWS::SQS::Queue)"}
