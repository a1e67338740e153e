"""OpenAPI documents that an API is imported from: inline, as an asset, or included at deployment.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from streambda.cdk.rules.resource_index import ResourceIndex, as_mapping
from streambda.cdk.rules.templates import Resource, Value

_INLINE = ("Body", "DefinitionBody")
_FILES = ("BodyS3Location", "DefinitionUri")
# The name of a file asset, in the template and, with "asset." before it, in the assembly.
_ASSET = re.compile(r"\b([0-9a-f]{64}\.(?:json|ya?ml))\b")
_METHODS = frozenset({
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
    "x-amazon-apigateway-any-method",
})  # fmt: skip
INTEGRATION = "x-amazon-apigateway-integration"
# Tags of CloudFormation in a YAML file that is included.
_TAGS_WITHOUT_PREFIX = ("Ref", "Condition")


def read_document(index: ResourceIndex, api: Resource) -> Mapping[str, Value]:
    """The document of `api`; empty where it has none, or none that can be read here."""
    for name in _INLINE:
        if document := as_mapping(api.properties.get(name)):
            included = as_mapping(document.get("Fn::Transform"))
            return _read_asset(index.stage, included) if included else document
    for name in _FILES:
        if name in api.properties:
            return _read_asset(index.stage, api.properties[name])
    return {}


def find_operations(document: Mapping[str, Value]) -> Iterator[tuple[str, Mapping[str, Value]]]:
    """Each method that has an integration: "GET /words", and the integration."""
    for path, item in as_mapping(document.get("paths")).items():
        for method, operation in as_mapping(item).items():
            if str(method).lower() in _METHODS:
                name = "ANY" if method.startswith("x-") else method.upper()
                if integration := as_mapping(as_mapping(operation).get(INTEGRATION)):
                    yield f"{name} {path}", integration


def _read_asset(stage: cdk.Stage, location: Value) -> Mapping[str, Value]:
    for name in _ASSET.findall(json.dumps(location)):
        file = Path(stage.asset_outdir, f"asset.{name}")
        if file.is_file():
            return as_mapping(_parse(file))
    return {}


def _parse(file: Path) -> Value:
    text = file.read_text("utf-8", "replace")
    try:
        return json.loads(text) if file.suffix == ".json" else _parse_yaml(text)
    except (RecursionError, ValueError):  # API Gateway will say what is wrong with it
        return None


def _parse_yaml(text: str) -> Value:
    """YAML, with CloudFormation's tags: `!GetAtt Words.Arn` is {"Fn::GetAtt": "Words.Arn"}.

    Raises:
        ValueError: it is not YAML.
    """
    import yaml  # takes a while, and few apps have such a file

    def construct(loader: Any, tag: str, node: Any) -> Value:
        value = (
            loader.construct_mapping(node, deep=True)
            if isinstance(node, yaml.MappingNode)
            else loader.construct_sequence(node, deep=True)
            if isinstance(node, yaml.SequenceNode)
            else node.value
        )
        return {tag if tag in _TAGS_WITHOUT_PREFIX else f"Fn::{tag}": value}

    loader: Any = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("!", construct)
    try:
        return yaml.load(text, loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
