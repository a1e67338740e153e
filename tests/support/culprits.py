"""One resource or more for each rule that finds something, as CloudFormation has them.

A test puts them at one place or another: a stack, a nested stack, an OpenAPI document. The same
resources without what is wrong are here as well, for tests that nothing is found.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

Properties = dict[str, Any]
Resources = dict[str, dict[str, Any]]

STREAMING = "2021-11-15/functions/{}/response-streaming-invocations"
BUFFERING = "2015-03-31/functions/{}/invocations"
REGION_WITHOUT_URLS = "il-central-1"


@dataclass(frozen=True)
class Api:
    """A REST API of one method that streams as it should; a rule's culprit differs in one thing."""

    uri: str = STREAMING
    mode: str | None = "STREAM"
    timeout_ms: int | None = 60_000
    templates: Mapping[str, str] | None = None
    compression: int | None = None
    endpoint: str = "REGIONAL"
    cache: bool = False

    def integration(self, function: Any) -> Properties:
        before, after = self.uri.split("{}")
        parts = [f"arn:aws:apigateway:eu-west-1:lambda:path/{before}", function, after]
        given = {
            "Type": "AWS_PROXY",
            "IntegrationHttpMethod": "POST",
            "Uri": {"Fn::Join": ["", parts]},
            "ResponseTransferMode": self.mode,
            "TimeoutInMillis": self.timeout_ms,
            "RequestTemplates": self.templates,
        }
        return {name: value for name, value in given.items() if value is not None}

    def document(self, function: Any) -> Properties:
        """The API in OpenAPI."""
        integration = {
            f"{name[0].lower()}{name[1:]}": value
            for name, value in self.integration(function).items()
            if name != "IntegrationHttpMethod"
        }
        integration["httpMethod"] = "POST"
        operation = {"responses": {}, "x-amazon-apigateway-integration": integration}
        document: Properties = {
            "openapi": "3.0.1",
            "info": {"title": "words", "version": "1"},
            "paths": {"/words": {"get": operation, "parameters": []}},
        }
        if self.compression is not None:
            document["x-amazon-apigateway-minimum-compression-size"] = self.compression
        return document

    def properties(self) -> Properties:
        """Of the RestApi."""
        given: Properties = {"Name": "words", "EndpointConfiguration": {"Types": [self.endpoint]}}
        if self.compression is not None:
            given["MinimumCompressionSize"] = self.compression
        return given

    def resources(self, id: str, function: Any) -> Resources:
        method = {
            "RestApiId": {"Ref": f"{id}Api"},
            "ResourceId": {"Fn::GetAtt": [f"{id}Api", "RootResourceId"]},
            "HttpMethod": "GET",
            "AuthorizationType": "NONE",
            "Integration": self.integration(function),
        }
        return {
            f"{id}Api": resource("ApiGateway::RestApi", **self.properties()),
            f"{id}Method": resource("ApiGateway::Method", **method),
            **self.stage(id),
        }

    def stage(self, id: str) -> Resources:
        api = {"Ref": f"{id}Api"}
        return {
            f"{id}Deployment": resource("ApiGateway::Deployment", RestApiId=api),
            f"{id}Stage": resource(
                "ApiGateway::Stage",
                RestApiId=api,
                StageName="prod",
                DeploymentId={"Ref": f"{id}Deployment"},
                CacheClusterEnabled=self.cache,
            ),
        }


def resource(type: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type}", "Properties": properties}


GOOD_API = Api()
APIS: Mapping[str, Api] = {
    "buffered-integration": replace(GOOD_API, uri=BUFFERING, mode=None),
    "buffering-uri": replace(GOOD_API, uri=BUFFERING),
    "integration-timeout": replace(GOOD_API, timeout_ms=None),
    "mapping-template": replace(GOOD_API, templates={"application/json": "{}"}),
    "content-encoding": replace(GOOD_API, compression=1024),
    "edge-optimised": replace(GOOD_API, endpoint="EDGE"),
    "cache": replace(GOOD_API, cache=True),
}


def http_api(function: Any) -> Resources:
    return {
        "Http": resource("ApiGatewayV2::Api", Name="http", ProtocolType="HTTP"),
        "HttpIntegration": resource(
            "ApiGatewayV2::Integration",
            ApiId={"Ref": "Http"},
            IntegrationType="AWS_PROXY",
            IntegrationUri=function,
            PayloadFormatVersion="2.0",
        ),
    }


def load_balancer(function: Any) -> Resources:
    group = resource(
        "ElasticLoadBalancingV2::TargetGroup", TargetType="lambda", Targets=[{"Id": function}]
    )
    return {"Targets": group}


def buffered_url(function: Any) -> Resources:
    return {"BufferedUrl": url(function, "BUFFERED")}


def url(function: Any, mode: str = "RESPONSE_STREAM") -> dict[str, Any]:
    return resource("Lambda::Url", AuthType="AWS_IAM", InvokeMode=mode, TargetFunctionArn=function)


def qualified_url(function: Any) -> Resources:
    return {
        "Version": resource("Lambda::Version", FunctionName=function),
        "Alias": resource(
            "Lambda::Alias",
            FunctionName=function,
            FunctionVersion={"Fn::GetAtt": ["Version", "Version"]},
            Name="live",
        ),
        "QualifiedUrl": url({"Ref": "Alias"}),
    }


def good_url(function: Any) -> Resources:
    return {"GoodUrl": url(function)}


CALLERS: Mapping[str, Callable[[Any], Resources]] = {
    "http-api": http_api,
    "load-balancer": load_balancer,
    "buffered-url": buffered_url,
    "qualified-url": qualified_url,
    "function-url-region": good_url,  # in `REGION_WITHOUT_URLS`
}


def wide_policy(role: Any) -> Resources:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {
        "Wide": resource("IAM::Policy", PolicyName="wide", Roles=[role], PolicyDocument=document)
    }


def all_culprits(function: Any, role: Any) -> Resources:
    found = wide_policy(role)
    for rule, api in APIS.items():
        found |= api.resources(id_of(rule), function)
    for make in CALLERS.values():
        found |= make(function)
    return found


def all_good(function: Any) -> Resources:
    return {**GOOD_API.resources("Good", function), **good_url(function)}


def id_of(rule: str) -> str:
    return rule.title().replace("-", "")


# Which resource each rule finds in `all_culprits`.
EXPECTED: Mapping[str, set[str]] = {
    "buffered-integration": {"BufferedIntegrationMethod"},
    "buffering-uri": {"BufferingUriMethod"},
    "integration-timeout": {"IntegrationTimeoutMethod"},
    "mapping-template": {"MappingTemplateMethod"},
    "content-encoding": {"ContentEncodingApi"},
    "edge-optimised": {"EdgeOptimisedApi"},
    "cache": {"CacheStage"},
    "http-api": {"HttpIntegration"},
    "load-balancer": {"Targets"},
    "buffered-url": {"BufferedUrl"},
    "qualified-url": {"QualifiedUrl"},
    "function-url-region": {"BufferedUrl", "GoodUrl", "QualifiedUrl"},
    "wildcard-resource": {"Wide"},
}
