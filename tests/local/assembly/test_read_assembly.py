"""Reading what `cdk synth` wrote: functions, endpoints, and one clear line if that fails."""

import json
from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly.manifest import MAX_SCHEMA, MIN_SCHEMA
from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.model.errors import AssemblyError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.rest_apis import (
    LambdaIntegration,
    MockIntegration,
    UnservedIntegration,
)
from tests.support.local_assembly import function, rest_api, url, write_assembly


def only(folder: Path) -> LocalFunction:
    [found] = read_assembly(folder).functions
    return found


def with_path(path: str, **properties: Any) -> dict[str, Any]:
    return {**function(**properties), "Metadata": {"aws:cdk:path": path}}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("App/Words/Function/Resource", "App-Words"),
        ("App/Words/Handler/Resource", "App-Words"),
        ("App/Words/Resource", "App-Words"),
        ("App/Function/Resource", "App-Function"),
        ("Prod/App/Words/Resource", "Prod-App-Words"),
        ("App/Two words.py/Resource", "App-Two-words-py"),
    ],
)
def test_name_from_the_path_in_the_app(path: str, name: str, tmp_path: Path) -> None:
    found = only(write_assembly(tmp_path, {"Words1A2B": with_path(path)}))

    assert found.name == name
    assert found.arn == f"arn:aws:lambda:us-east-1:123456789012:function:{name}"


def test_name_without_a_path_is_stack_and_logical_id(tmp_path: Path) -> None:
    found = only(write_assembly(tmp_path, {"Words1A2B": function()}))

    assert (found.name, found.short_name) == ("Stack-Words1A2B", "Words1A2B")


def test_explicit_name_wins(tmp_path: Path) -> None:
    given = {"Fn::Sub": "${AWS::StackName}-words"}
    resource = with_path("App/Words/Resource", FunctionName=given)

    assert only(write_assembly(tmp_path, {"Words": resource})).name == "Stack-words"


@pytest.mark.parametrize("place", ["additionalMetadataFile", "metadata"])
def test_path_from_the_metadata_beside_the_template(place: str, tmp_path: Path) -> None:
    write_assembly(tmp_path, {"Words1A2B": function()})
    metadata = {
        "/App/Words/Resource": [
            {"type": "aws:cdk:logicalId", "data": "Words1A2B"},
            {"type": "aws:cdk:creationStack", "data": ["somewhere"]},
        ]
    }
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    inline = place == "metadata"
    manifest["artifacts"]["Stack"][place] = metadata if inline else "metadata.json"
    (tmp_path / "metadata.json").write_text(json.dumps(metadata))
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    assert only(tmp_path).name == "App-Words"


def test_properties_and_their_defaults(tmp_path: Path) -> None:
    found = only(write_assembly(tmp_path, {"Words": function("a.b", Timeout=30)}))
    resource = {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x = 1"}}}
    bare = only(write_assembly(tmp_path, {"Words": resource}))

    assert (found.handler, found.timeout_s, found.runtime) == ("a.b", 30.0, "provided.al2023")
    assert found.code == tmp_path / "asset.code"
    assert (bare.timeout_s, bare.memory_mb, bare.architecture) == (3, 128, "x86_64")
    assert (found.inline, bare.code, bare.inline) == (None, None, "x = 1")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, True),
        ({"SnapStart": {"ApplyOn": "None"}}, False),
        ({}, False),
    ],
)
def test_whether_snapshots_are_taken(
    properties: dict[str, Any], expected: bool, tmp_path: Path
) -> None:
    found = only(write_assembly(tmp_path, {"Words": function(**properties)}))

    assert found.snap_start is expected


def test_what_limits_a_function(tmp_path: Path) -> None:
    limits: dict[str, Any] = {
        "ReservedConcurrentExecutions": 2,
        "LoggingConfig": {"LogFormat": "JSON"},
    }
    found = only(write_assembly(tmp_path / "1", {"Words": function(**limits)}))
    bare = only(write_assembly(tmp_path / "2", {"Words": function()}))

    assert (found.reserved_concurrency, found.log_format) == (2, "JSON")
    assert (bare.reserved_concurrency, bare.log_format) == (None, "Text")


def test_layers_in_order(tmp_path: Path) -> None:
    layers = {
        name: {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Key": f"{name}.zip"}},
        }
        for name in ("One", "Two", "Unknown")
    }
    words = function(Layers=[{"Ref": "Two"}, {"Ref": "One"}, {"Ref": "Unknown"}, "arn:elsewhere"])
    assets = {"One.zip": tmp_path / "one.zip", "Two.zip": tmp_path / "two"}

    found = only(write_assembly(tmp_path, {**layers, "Words": words}, assets=assets))

    assert [layer.name for layer in found.layers] == ["two", "one.zip"]
    unknown, elsewhere = found.missing_layers
    assert unknown.endswith(":layer:Stack-Unknown:1")
    assert elsewhere == "arn:elsewhere"


def test_endpoints(tmp_path: Path) -> None:
    resources = {
        "Words": function(FunctionName="Words"),
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Words"}, "Name": "live"},
        },
        "Url": url("Words"),
        "BufferedUrl": url("Words", "BUFFERED"),
        "Aliased": {
            "Type": "AWS::Lambda::Url",
            "Properties": {"TargetFunctionArn": {"Ref": "Alias"}},
        },
        "Foreign": {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": "elsewhere"}},
        **rest_api("Words"),
    }

    assembly = read_assembly(write_assembly(tmp_path, resources))

    assert [(one.function_name, one.streaming) for one in assembly.function_urls] == [
        ("Words", True),
        ("Words", False),
        ("Words", False),
    ]
    [api] = assembly.rest_apis
    assert [(stage.name, stage.variables) for stage in api.stages] == [("prod", {"color": "blue"})]
    assert {(route.method, route.path): route.integration for route in api.routes} == {
        ("ANY", "/{proxy+}"): LambdaIntegration(function_name="Words", streaming=True),
        ("GET", "/buffered/{name}"): LambdaIntegration(
            function_name="Words", streaming=False, invokes_stream=False
        ),
        ("OPTIONS", "/mock"): MockIntegration(
            status=204, headers=(("Access-Control-Allow-Origin", "*"),)
        ),
        ("GET", "/mock"): UnservedIntegration(
            kind="AWS",
            reason="its integration (AWS) calls dynamodb, which is not called from here",
        ),
    }


def test_stacks_in_stages_are_found(tmp_path: Path) -> None:
    write_assembly(tmp_path / "assembly-Prod", {"Words": function(FunctionName="Words")})
    artifact = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
    manifest = {"version": "50.0.0", "artifacts": {"assembly-Prod": artifact}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    assert only(tmp_path).name == "Words"


def environment(variables: dict[str, Any], tmp_path: Path, **template: Any) -> dict[str, str]:
    resources = {
        "Words": function(FunctionName="Words", Environment={"Variables": variables}),
        "Role": {"Type": "AWS::IAM::Role"},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "items"}},
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Version": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Fn::GetAtt": ["Words", "Arn"]}},
        },
        "Layer": {"Type": "AWS::Lambda::LayerVersion"},
    }
    return dict(only(write_assembly(tmp_path, resources, **template)).environment)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        (5, "5"),
        (True, "true"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        (
            {"Ref": "AWS::StackId"},
            "arn:aws:cloudformation:us-east-1:123456789012:stack/Stack/local",
        ),
        ({"Ref": "Words"}, "Words"),
        ({"Ref": "Table"}, "items"),
        ({"Ref": "Bucket"}, "<Bucket: known after deployment>"),
        ({"Ref": "Version"}, "arn:aws:lambda:us-east-1:123456789012:function:Words"),
        ({"Ref": "Layer"}, "<Layer: known after deployment>"),
        ({"Ref": "Given"}, "default"),
        ({"Ref": "Asked"}, "<Asked: known after deployment>"),
        ({"Ref": "Nothing"}, "<Nothing: known after deployment>"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, "<Role.Arn: known after deployment>"),
        ({"Fn::GetAtt": "Words.Arn"}, "arn:aws:lambda:us-east-1:123456789012:function:Words"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "<Bucket.Arn: known after deployment>"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:aws:dynamodb:us-east-1:123456789012:table/items"),
        ({"Fn::GetAtt": ["Nothing", "Arn"]}, "<Nothing.Arn: known after deployment>"),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Partition"}]]}, "a-aws"),
        ({"Fn::Sub": "${AWS::URLSuffix}/${Words}/${!kept}"}, "amazonaws.com/Words/${kept}"),
        (
            {"Fn::Sub": ["${x} ${Table.Arn}", {"x": {"Ref": "Table"}}]},
            "items arn:aws:dynamodb:us-east-1:123456789012:table/items",
        ),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::Select": ["7", ["a"]]}, "<Fn::Select: known after deployment>"),
        ({"Fn::If": ["Yes", 1, 2]}, "1"),
        ({"Fn::If": ["No", 1, {"Ref": "Given"}]}, "default"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Given"}, "Most"]}, "7"),
        (
            {"Fn::FindInMap": ["Sizes", "none", "Most"]},
            "<Sizes::none::Most: known after deployment>",
        ),
        ({"Fn::FindInMap": ["Sizes", "none", "Most", {"DefaultValue": 9}]}, "9"),
        ({"Fn::Base64": {"Ref": "Given"}}, "ZGVmYXVsdA=="),
        ({"Fn::Length": ["a", "b", {"Ref": "AWS::NoValue"}]}, "2"),
        ({"Fn::ToJsonString": {"a": {"Ref": "Given"}}}, '{"a":"default"}'),
        ({"Fn::Cidr": ["10.0.0.0/16", 6, 5]}, "<Fn::Cidr: known after deployment>"),
        ({"Fn::ImportValue": "here"}, "Words"),
        ({"Fn::ImportValue": "there"}, "<there: known after deployment>"),
    ],
)
def test_intrinsics(value: Any, expected: str, tmp_path: Path) -> None:
    template = {
        "Parameters": {"Given": {"Default": "default"}, "Asked": {}},
        "Conditions": {
            "Yes": {"Fn::Equals": [{"Ref": "Given"}, "default"]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
        },
        "Mappings": {"Sizes": {"default": {"Most": 7}}},
        "Outputs": {
            "Here": {"Value": {"Ref": "Words"}, "Export": {"Name": "here"}},
            "Unexported": {"Value": "x"},
        },
    }

    assert environment({"X": value}, tmp_path, **template) == {"X": expected}


def test_missing_assembly_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"there is no folder .*nowhere: run `npx cdk synth`"):
        read_assembly(tmp_path / "nowhere")
    with pytest.raises(AssemblyError, match=r"it has no manifest\.json: run `npx cdk synth`"):
        read_assembly(tmp_path)


@pytest.mark.parametrize("version", ["35.0.0", f"{MAX_SCHEMA + 1}.0.0", "new"])
def test_unsupported_schema_says_what_is_supported(version: str, tmp_path: Path) -> None:
    folder = write_assembly(tmp_path, {}, version=version)

    with pytest.raises(AssemblyError, match=f"'{version}', supported are {MIN_SCHEMA} to"):
        read_assembly(folder)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("manifest.json", "{", "manifest.json is not as expected: Invalid JSON"),
        ("manifest.json", "{}", "version: Field required"),
        ("stack.template.json", '{"Resources": []}', "Resources: Input should be"),
        ("stack.template.json", '{"Resources": {"A": {}}}', "Resources.A.Type: Field required"),
        (
            "stack.template.json",
            json.dumps({"Resources": {"A": function(Timeout="soon")}}),
            "a template in .* is not as expected: ValueError",
        ),
        ("assets.json", '{"files": {"a": {}}}', "assets.json is not as expected"),
    ],
)
def test_unreadable_documents_are_one_line(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    folder = write_assembly(tmp_path, {})
    (folder / name).write_text(text)

    with pytest.raises(AssemblyError, match=message) as caught:
        read_assembly(folder)
    assert "\n" not in str(caught.value)
    assert "npx cdk synth" in str(caught.value)


def test_missing_template_is_one_line(tmp_path: Path) -> None:
    folder = write_assembly(tmp_path, {})
    (folder / "stack.template.json").unlink()

    with pytest.raises(AssemblyError, match=r"cannot read .*stack\.template\.json"):
        read_assembly(folder)


def test_docker_assets_and_other_artifacts_are_passed_over(tmp_path: Path) -> None:
    folder = write_assembly(tmp_path, {"Words": function(FunctionName="Words")})
    assets = json.loads((folder / "assets.json").read_text())
    assets["files"]["executable"] = {"source": {"executable": ["make"]}, "destinations": {}}
    (folder / "assets.json").write_text(json.dumps(assets))

    assert only(folder).code is not None
