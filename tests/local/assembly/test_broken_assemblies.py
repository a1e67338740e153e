"""Assemblies that refer to themselves, or hold what cannot be: one line each, and an end."""

import json
from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.model.errors import AssemblyError
from tests.support.local_assembly import SCHEMA, function, resource, rest_api, write_assembly

CIRCLE = {"Fn::GetAtt": ["Api", "RootResourceId"]}


def authorizer(pattern: Any) -> dict[str, Any]:
    return {
        **rest_api("A"),
        "A": function(),
        "Authorizer": {
            "Type": "AWS::ApiGateway::Authorizer",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "Type": "TOKEN",
                "IdentitySource": "method.request.header.Authorization",
                "IdentityValidationExpression": pattern,
            },
        },
    }


def bucket(name: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}


def parent_circle(*names: str) -> dict[str, Any]:
    """Resources of an API, each of which is the parent of the next, and the last of the first."""
    following = (*names[1:], names[0])
    return {
        **rest_api("A"),
        "A": function(),
        **{
            one: resource({"Ref": next_one}, one)
            for one, next_one in zip(names, following, strict=True)
        },
        "Method": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResourceId": {"Ref": names[0]},
                "HttpMethod": "GET",
            },
        },
    }


REF = {"Ref": "A"}
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "its own name": (
        {"A": function(FunctionName=REF)},
        "dependency between resources of stack .*: A -> A",
    ),
    "a name by an attribute": (
        {"A": function(FunctionName={"Fn::GetAtt": ["A", "Arn"]})},
        "dependency between resources of stack .*: A -> A",
    ),
    "names of each other": (
        {"A": function(FunctionName={"Ref": "B"}), "B": function(FunctionName=REF)},
        "Circular dependency between resources of stack ",
    ),
    "three names": (
        {
            "A": function(FunctionName={"Fn::Sub": "x${B}"}),
            "B": function(FunctionName={"Fn::Join": ["-", ["y", {"Ref": "C"}]]}),
            "C": function(FunctionName={"Fn::Select": [0, [REF]]}),
        },
        "Circular dependency between resources of stack ",
    ),
    "names of buckets": (
        {
            "A": function(FunctionName={"Ref": "One"}),
            "One": bucket({"Ref": "Two"}),
            "Two": bucket({"Ref": "One"}),
        },
        "of stack Stack: One -> Two -> One",
    ),
    "its own parent": (parent_circle("One"), "One is its own parent"),
    "parents of each other": (parent_circle("One", "Two"), "is its own parent"),
    "three parents": (parent_circle("One", "Two", "Three"), "is its own parent"),
    "an expression": (authorizer("("), "Authorizer: its IdentityValidationExpression '\\(' is no"),
    "another expression": (authorizer("[z-a]"), "is not a regular expression"),
    "a timeout": ({"A": function(Timeout="soon")}, "expected a number"),
    "memory": ({"A": function(MemorySize="1e999")}, "not as expected"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_one_line(name: str, tmp_path: Path) -> None:
    resources, reason = BROKEN[name]
    folder = write_assembly(tmp_path, resources)

    with pytest.raises(AssemblyError, match=reason) as raised:
        read_assembly(folder)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("depth", [50, 400, 100_000])
def test_values_within_values(depth: int, tmp_path: Path) -> None:
    folder = write_assembly(tmp_path, {"A": function(FunctionName="deep")})
    template = folder / "stack.template.json"
    nested = '{"Fn::Join": ["", [' * depth + '"deep"' + "]]}" * depth
    template.write_text(template.read_text().replace('"deep"', nested))

    if depth < 100:
        assert [one.name for one in read_assembly(folder).functions] == ["deep"]
    else:
        with pytest.raises(AssemblyError, match="not as expected") as raised:
            read_assembly(folder)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "conditions",
    [
        {"One": {"Condition": "One"}},
        {"One": {"Condition": "Two"}, "Two": {"Condition": "One"}},
        {"One": {"Fn::Not": [{"Fn::And": [{"Condition": "One"}]}]}},
    ],
)
def test_conditions_in_a_circle(conditions: dict[str, Any], tmp_path: Path) -> None:
    resources = {"A": function(FunctionName={"Fn::If": ["One", "x", "y"]})}
    folder = write_assembly(tmp_path, resources, Conditions=conditions)

    with pytest.raises(
        AssemblyError, match=r"dependency between resources of stack .*: condition One -> "
    ):
        read_assembly(folder)


def read_manifest(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"version": SCHEMA}
    return found


@pytest.mark.parametrize("names", [["."], ["nested", ".."], ["a", "b", "../.."], ["link"]])
def test_stages_in_a_circle(names: list[str], tmp_path: Path) -> None:
    write_assembly(tmp_path, {"A": function()})
    (tmp_path / "link").symlink_to(".")
    folder = tmp_path
    for name in names:
        folder.mkdir(exist_ok=True)
        manifest = folder / "manifest.json"
        document = read_manifest(manifest)
        directory = {"directoryName": name}
        stage: dict[str, Any] = {"type": "cdk:cloud-assembly", "properties": directory}
        document["artifacts"] = {**document.get("artifacts", {}), "Stage": stage}
        manifest.write_text(json.dumps(document))
        folder = folder / name

    with pytest.raises(AssemblyError, match="is part of itself") as raised:
        read_assembly(tmp_path)
    assert "\n" not in str(raised.value)


def test_what_only_looks_like_a_circle(tmp_path: Path) -> None:
    """Functions that know each other's names, and one stage that is there twice."""
    variables: dict[str, Any] = {"Environment": {"Variables": {"OTHER": {"Ref": "B"}, "SELF": REF}}}
    others: dict[str, Any] = {"Environment": {"Variables": {"OTHER": {"Fn::GetAtt": ["A", "Arn"]}}}}
    folder = write_assembly(tmp_path, {"A": function(**variables), "B": function(**others)})

    assert len(read_assembly(folder).functions) == 2
