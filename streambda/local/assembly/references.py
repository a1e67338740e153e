"""What Ref and Fn::GetAtt give for a resource that is not deployed: names and ARNs. No I/O."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from streambda.local.assembly.manifest import Resource
from streambda.local.model.aws_addresses import make_api_endpoint, make_function_url
from streambda.local.model.function_names import function_arn
from streambda.local.model.rest_apis import ROOT_RESOURCE

if TYPE_CHECKING:
    from streambda.local.assembly.intrinsics import Resolver

Reference = Callable[["Resolver", str, Resource], Any]


def own_name(resolver: "Resolver", logical_id: str, resource: Resource) -> str:
    """The explicit name, else the logical id."""
    names = (key for key in resource.properties if key in NAMES.get(resource.type, ()))
    given = next(names, None)
    return resolver.text(resource.properties[given]) if given else logical_id


def _function_name(resolver: "Resolver", logical_id: str, _: Resource) -> str:
    return resolver.function_name(logical_id)


def _function_arn(resolver: "Resolver", logical_id: str, _: Resource) -> str:
    return function_arn(resolver.function_name(logical_id), resolver.place)


def _alias_arn(resolver: "Resolver", logical_id: str, resource: Resource) -> str:
    arn = _version_arn(resolver, logical_id, resource)
    return f"{arn}:{resolver.text(resource.properties.get('Name'))}"


def _version_arn(resolver: "Resolver", _: str, resource: Resource) -> str:
    # Without its number, which is given at deployment: there is only one code here.
    name = resolver.text(resource.properties.get("FunctionName"))
    return name if name.startswith("arn:") else function_arn(name, resolver.place)


def _layer_arn(resolver: "Resolver", logical_id: str, _: Resource) -> str:
    stack = resolver.text({"Ref": "AWS::StackName"})
    return resolver.place.arn("lambda", f"layer:{stack}-{logical_id}:1")


def _role_arn(resolver: "Resolver", logical_id: str, resource: Resource) -> str:
    name, place = own_name(resolver, logical_id, resource), resolver.place
    return f"arn:{place.partition}:iam::{place.account_id}:role/{name}"


def _function_url(resolver: "Resolver", logical_id: str, _: Resource) -> str:
    return make_function_url(resolver.stack_name, logical_id, resolver.place)


def _api_endpoint(resolver: "Resolver", logical_id: str, resource: Resource) -> str:
    protocol = resolver.text(resource.properties.get("ProtocolType"))
    scheme = "wss" if protocol.upper() == "WEBSOCKET" else "https"
    return make_api_endpoint(logical_id, resolver.place, scheme)


def _root_resource(_: "Resolver", logical_id: str, __: Resource) -> str:
    return f"{logical_id}-{ROOT_RESOURCE}"


NAMES = {
    "AWS::ApiGateway::Stage": ("StageName",),
    "AWS::DynamoDB::Table": ("TableName",),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::S3::Bucket": ("BucketName",),
}

REFERENCES: Mapping[str, Reference] = {
    "AWS::Lambda::Alias": _alias_arn,
    "AWS::Lambda::Function": _function_name,
    "AWS::Lambda::LayerVersion": _layer_arn,
    "AWS::Lambda::Version": _version_arn,
}

ATTRIBUTES: Mapping[tuple[str, str], Reference] = {
    ("AWS::ApiGateway::RestApi", "RootResourceId"): _root_resource,
    ("AWS::ApiGatewayV2::Api", "ApiEndpoint"): _api_endpoint,
    ("AWS::IAM::Role", "Arn"): _role_arn,
    ("AWS::Lambda::Function", "Arn"): _function_arn,
    ("AWS::Lambda::Url", "FunctionUrl"): _function_url,
}
