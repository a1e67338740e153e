"""Other callers of a function: some collect the whole response before they pass it on."""

from collections.abc import Iterator

import aws_cdk as cdk

from streambda.cdk.quotas import LOAD_BALANCER_RESPONSE_MB, REGIONS_WITHOUT_FUNCTION_URLS
from streambda.cdk.rules.finding import Finding
from streambda.cdk.rules.openapi import read_document
from streambda.cdk.rules.resource_index import CheckedFunction, ResourceIndex, place_of
from streambda.cdk.rules.templates import Resource

# Type -> the property that names what it calls.
_HTTP_APIS = {
    "AWS::ApiGatewayV2::Integration": "IntegrationUri",
    "AWS::ApiGatewayV2::Api": "Target",
}
# Of API, by import of an OpenAPI document.
_DOCUMENTED_HTTP_APIS = ("AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi")
# Lambda keeps these in the region and the account of their function.
_BESIDE_FUNCTION = {
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::Lambda::Url": "TargetFunctionArn",
    "AWS::Lambda::EventInvokeConfig": "FunctionName",
    "AWS::Lambda::EventSourceMapping": "FunctionName",
}
_QUALIFIED = ("AWS::Lambda::Alias", "AWS::Lambda::Version")


def check_http_apis(index: ResourceIndex) -> Iterator[Finding]:
    for type, named in _HTTP_APIS.items():
        for resource in index.resources(type):
            if function := index.find_function(resource.stack, resource.properties.get(named)):
                yield _describe_http_api(resource, function)
    for resource in index.resources(*_DOCUMENTED_HTTP_APIS):
        document = read_document(index, resource)
        if document and (function := index.find_function(resource.stack, document)):
            yield _describe_http_api(resource, function)


def _describe_http_api(resource: Resource, function: CheckedFunction) -> Finding:
    return Finding(
        construct=resource.construct,
        rule="http-api",
        message=f"{resource.name} puts {function.node.path} behind an HTTP or "
        "WebSocket API, which does not stream; use StreamingRestApi or a Function URL",
    )


def check_load_balancers(index: ResourceIndex) -> Iterator[Finding]:
    for group in index.resources("AWS::ElasticLoadBalancingV2::TargetGroup"):
        if function := index.find_function(group.stack, group.properties.get("Targets")):
            yield Finding(
                construct=group.construct,
                rule="load-balancer",
                message=f"{group.name} puts {function.node.path} behind a load balancer, "
                f"which collects a response of at most {LOAD_BALANCER_RESPONSE_MB} MB; "
                "use StreamingRestApi or a Function URL",
            )


def check_function_urls(index: ResourceIndex) -> Iterator[Finding]:
    for url in index.resources("AWS::Lambda::Url"):
        target = url.properties.get("TargetFunctionArn")
        function = index.find_function(url.stack, target)
        if function is None:
            continue
        if url.stack.region in REGIONS_WITHOUT_FUNCTION_URLS:
            yield Finding(
                construct=url.construct,
                rule="function-url-region",
                message=f"Function URL {url.name} is in {url.stack.region}, where Lambda has no "
                "Function URLs; use StreamingRestApi there",
            )
        if any(it.type in _QUALIFIED for it in index.find_targets(url.stack, target)):
            yield Finding(
                construct=url.construct,
                rule="qualified-url",
                message=f"Function URL {url.name} names an alias of {function.node.path} by "
                f"its ARN, which Lambda refuses; use add_function_url of {function.node.path}",
            )
        if url.properties.get("InvokeMode", "BUFFERED") == "BUFFERED":
            yield Finding(
                construct=url.construct,
                rule="buffered-url",
                message=f"Function URL {url.name} buffers: its invoke mode is not "
                f"RESPONSE_STREAM; use add_function_url of {function.node.path}",
            )


def check_places(index: ResourceIndex) -> Iterator[Finding]:
    for type, named in _BESIDE_FUNCTION.items():
        for resource in index.resources(type):
            function = index.find_function(resource.stack, resource.properties.get(named))
            if function is not None and (elsewhere := _find_other_place(resource, function)):
                yield Finding(
                    construct=resource.construct,
                    rule="other-place",
                    message=f"{resource.name} ({type}) is in {elsewhere}, as its function "
                    f"{function.node.path} is: Lambda would refuse it; make it in the stack "
                    f"{place_of(function).node.path}",
                )


def _find_other_place(resource: Resource, function: CheckedFunction) -> str | None:
    """Such as "us-east-1, not in eu-west-1"; None where both are the same or may be."""
    place = place_of(function)
    for own, other in (
        (resource.stack.region, place.region),
        (resource.stack.account, place.account),
    ):
        if own is not None and not cdk.Token.is_unresolved(other) and own != other:
            return f"{own}, not in {other}"
    return None
