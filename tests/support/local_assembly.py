"""Small CDK assemblies written by hand, with `scripted_runtime` as every function's bootstrap."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RUNTIME = Path(__file__).with_name("scripted_runtime.py")
SCHEMA = "55.0.0"

STREAMING_URI = "2021-11-15/functions/{arn}/response-streaming-invocations"
BUFFERED_URI = "2015-03-31/functions/{arn}/invocations"


def write_bootstrap(folder: Path) -> Path:
    """A folder that a function can have as its code."""
    folder.mkdir(parents=True, exist_ok=True)
    bootstrap = folder / "bootstrap"
    bootstrap.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S -u "{RUNTIME}"\n')
    bootstrap.chmod(0o755)
    return folder


def function(handler: str = "any", **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Architectures": ["x86_64"],
            "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::Region}"}, "S3Key": "code.zip"},
            "Handler": handler,
            "Runtime": "provided.al2023",
            "Timeout": 20,
            **properties,
        },
    }


def url(target: str, mode: str = "RESPONSE_STREAM") -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Url",
        "Properties": {
            "AuthType": "NONE",
            "InvokeMode": mode,
            "TargetFunctionArn": {"Fn::GetAtt": [target, "Arn"]},
        },
    }


def rest_api(target: str) -> dict[str, dict[str, Any]]:
    """/prod/{proxy+} streams, /prod/buffered/{proxy+} does not, /prod/mock answers by itself."""
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Api"}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "StageName": "prod",
                "DeploymentId": {"Ref": "Deployment"},
                "Variables": {"color": "blue"},
            },
        },
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {"RestApiId": {"Ref": "Api"}},
        },
        "Proxy": resource(root, "{proxy+}"),
        "ProxyAny": method("Proxy", "ANY", integration(target, STREAMING_URI, "STREAM")),
        "Buffered": resource(root, "buffered"),
        "BufferedProxy": resource({"Ref": "Buffered"}, "{name}"),
        "BufferedGet": method(
            "BufferedProxy", "GET", integration(target, BUFFERED_URI, "BUFFERED")
        ),
        "Mock": resource(root, "mock"),
        "MockOptions": method("Mock", "OPTIONS", MOCK),
        "MockGet": method("Mock", "GET", PUT_ITEM),
    }


# Not served.
PUT_ITEM = {"Type": "AWS", "Uri": "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"}

MOCK = {
    "Type": "MOCK",
    "IntegrationResponses": [
        {
            "StatusCode": "204",
            "ResponseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
        }
    ],
}


def resource(parent: Any, part: str) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {"RestApiId": {"Ref": "Api"}, "ParentId": parent, "PathPart": part},
    }


def method(target: str, verb: str, integration: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Ref": target},
            "HttpMethod": verb,
            "Integration": dict(integration),
        },
    }


def integration(target: str, uri: str, mode: str) -> dict[str, Any]:
    before, _, after = uri.partition("{arn}")
    parts: list[Any] = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}]
    parts += [f":lambda:path/{before}", {"Fn::GetAtt": [target, "Arn"]}, after]
    return {
        "Type": "AWS_PROXY",
        "IntegrationHttpMethod": "POST",
        "ResponseTransferMode": mode,
        "Uri": {"Fn::Join": ["", parts]},
    }


def write_assembly(
    folder: Path,
    resources: Mapping[str, Any],
    *,
    assets: Mapping[str, Path] | None = None,
    stack: str = "Stack",
    version: str = SCHEMA,
    **template: Any,
) -> Path:
    """`assets`: files or folders by S3 key; `code.zip` is the runtime client unless given."""
    folder.mkdir(parents=True, exist_ok=True)
    given = dict(assets or {})
    given.setdefault("code.zip", write_bootstrap(folder / "asset.code"))
    files = {
        key: {
            "source": {"path": str(path), "packaging": "zip" if path.is_dir() else "file"},
            "destinations": {"here": {"bucketName": "assets", "objectKey": key}},
        }
        for key, path in given.items()
    }
    manifest = {
        "version": version,
        "artifacts": {
            "Assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
            stack: {
                "type": "aws:cloudformation:stack",
                "properties": {"templateFile": "stack.template.json"},
            },
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        },
    }
    document = {"Resources": dict(resources), **template}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "assets.json").write_text(json.dumps({"version": version, "files": files}))
    (folder / "stack.template.json").write_text(json.dumps(document))
    return folder
