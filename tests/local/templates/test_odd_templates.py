"""Templates in which any value is another one: all that is understood runs, and nothing crashes."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streambda.local.model.errors import AssemblyError
from streambda.local.templates.documents import parse_document
from tests.support.sam_templates import gaps, read, sam, write_template

TEMPLATE = sam(
    """
  Words:
    Type: AWS::Serverless::Function
    Condition: Always
    Properties:
      Timeout: 3
      Layers: [!Ref Layer]
      AutoPublishAlias: live
      Environment: {Variables: {A: !Sub "${Stage}-${AWS::Region}", B: !GetAtt Child.Outputs.X}}
      FunctionUrlConfig: {AuthType: NONE, Cors: {AllowOrigins: ["*"]}}
      Events:
        Any: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Api}}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: src}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      Cors: "'*'"
      Auth: {DefaultAuthorizer: Mine, Authorizers: {Mine: {FunctionArn: !GetAtt Words.Arn}}}
      MethodSettings: [{ResourcePath: /a, HttpMethod: GET, ThrottlingRateLimit: 1}]
      DefinitionBody:
        openapi: 3.0.1
        paths: {/b: {get: {security: [{Mine: []}], x-amazon-apigateway-integration: {type: mock}}}}
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Runtime: provided.al2023, Code: src, Handler: !FindInMap [Map, a, b]}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child.yaml, Parameters: {P: !Ref Stage}}
""",
    """
Parameters: {Stage: {Type: String, Default: dev}}
Mappings: {Map: {a: {b: c}}}
Conditions: {Always: !Not [!Equals [!Ref Stage, x]]}
Outputs: {Url: {Value: !GetAtt WordsUrl.FunctionUrl, Export: {Name: url}}}
""",
)
CHILD = """
Parameters: {P: {Type: String}}
Outputs: {X: {Value: !Ref P}}
Resources: {A: {Type: AWS::Lambda::Function, Properties: {Code: src}}}
"""

ODD: list[Any] = [
    None,
    True,
    -1,
    1e400,
    "",
    "x",
    [],
    [[]],
    {},
    {"a": 1},
    {"Ref": "Nope"},
    {"Ref": []},
    {"Fn::Join": 1},
    {"Fn::If": ["Nope", 1, 2]},
    {"Fn::GetAtt": "Words"},
    {"Fn::Sub": ["${", {}]},
    {"Fn::Select": [9, []]},
    {"Fn::Transform": {"Name": "Nope"}},
    {"Fn::Nope": {}},
]

Place = tuple[Any, ...]


def list_places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where there is a value: keys and indices on the way to it."""
    if at:
        yield at
    if isinstance(value, list):
        value = dict(enumerate(value))
    for key, one in value.items() if isinstance(value, dict) else ():
        yield from list_places(one, (*at, key))


DOCUMENT = parse_document(TEMPLATE, Path("template.yaml"))
PLACES = list(list_places(DOCUMENT))


def replace_at(document: Any, at: Place, value: Any) -> Any:
    changed = copy.deepcopy(document)
    around = changed
    for key in at[:-1]:
        around = around[key]
    around[at[-1]] = value
    return changed


def test_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "child.yaml").write_text(CHILD)

    found = read(write_template(tmp_path, TEMPLATE))

    assert gaps(found) == []
    assert [one.logical_id for one in found.functions] == ["Plain", "Words", "A"]


@given(at=st.sampled_from(PLACES), value=st.sampled_from(ODD))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_another_value(at: Place, value: Any, tmp_path: Path) -> None:
    (tmp_path / "child.yaml").write_text(CHILD)
    text = json.dumps(replace_at(DOCUMENT, at, value))
    path = write_template(tmp_path, text, "template.json")
    if at in {("Resources",), ("Globals",), ("Globals", "Function")}:
        # AWS refuses the whole, and so does this.
        with suppress(AssemblyError):
            read(path)
        return

    found = read(path)

    assert all("\n" not in reason for _, reason in gaps(found))
    # One resource that is wrong takes no other with it.
    if at[:2] != ("Resources", "Plain"):
        assert "Plain" in {one.logical_id for one in found.functions}


@pytest.mark.parametrize("section", ["Globals", "Parameters", "Mappings", "Conditions", "Outputs"])
def test_a_section_that_is_nothing(section: str, tmp_path: Path) -> None:
    (tmp_path / "child.yaml").write_text(CHILD)
    text = json.dumps(replace_at(DOCUMENT, (section,), None))

    found = read(write_template(tmp_path, text, "template.json"))

    assert (section, f"[/{section}] 'null' values are not allowed in templates") in gaps(found)
    assert "Plain" in {one.logical_id for one in found.functions}
