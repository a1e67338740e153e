"""What an app has on AWS and the local cloud does not emulate. No I/O.

A user sees it as a list at the start. Resources that make no difference here, such as roles, log
groups, permissions and alarms, are left out.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType

from streambda.local.assembly.http_apis import HTTP_API, is_served
from streambda.local.assembly.intrinsics import ResolvedStacks
from streambda.local.assembly.manifest import Stack
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.aws_addresses import FUNCTION_URL
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import FunctionUrl, LocalFunction
from streambda.local.model.http_apis import HttpApi
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.rest_apis import LambdaIntegration, RestApi, UnservedIntegration
from streambda.local.model.start_mode import (
    RESPONSE_IS_BUFFERED,
    is_buffered,
    unsupported_reason,
)

_EVENTS = "sends no events here: invoke the function yourself"
_CALLED = "does not run here: functions call the one on AWS, with your credentials"
_DEPLOYED = "runs only when the app is deployed"
_MANAGED_PYTHON = (
    "Lambda's own Python runtimes do not stream; it does with `streambda package`, with "
    "ManagedPython of streambda.cdk or behind the Lambda Web Adapter"
)
_ENDPOINT = "is not an endpoint here: use a function URL, a REST API, or invoke its functions"

REASONS = MappingProxyType(
    {
        "AWS::ApiGateway::DomainName": "custom domains do not exist here",
        "AWS::ApiGatewayV2::Api": f"{_ENDPOINT}. On AWS it cannot stream",
        "AWS::AppSync::GraphQLApi": _ENDPOINT,
        "AWS::CloudFormation::CustomResource": _DEPLOYED,
        "AWS::CloudFormation::Stack": "its template is not on this machine",
        "AWS::CloudFormation::Macro": "runs only on AWS",
        "AWS::CloudFront::Distribution": "CloudFront does not run here: call its origin",
        "AWS::Cognito::UserPool": "has no users here: --jwks FILE checks tokens of a real one",
        "AWS::DynamoDB::GlobalTable": _CALLED,
        "AWS::DynamoDB::Table": _CALLED,
        "AWS::ElasticLoadBalancingV2::LoadBalancer": _ENDPOINT,
        "AWS::Events::Rule": _EVENTS,
        "AWS::Kinesis::Stream": _CALLED,
        "AWS::Lambda::CapacityProvider": "managed instances do not exist here",
        "AWS::Lambda::EventSourceMapping": _EVENTS,
        "AWS::S3::Bucket": _CALLED,
        "AWS::SNS::Topic": _CALLED,
        "AWS::SQS::Queue": _CALLED,
        "AWS::Scheduler::Schedule": _EVENTS,
        "AWS::SecretsManager::Secret": _CALLED,
        "AWS::StepFunctions::StateMachine": _CALLED,
        "AWS::WAFv2::WebACL": "filters no requests here",
    }
)


def find_unsupported(
    stacks: ResolvedStacks,
    functions: Sequence[LocalFunction],
    urls: Sequence[FunctionUrl],
    apis: Sequence[RestApi],
    http_apis: Sequence[HttpApi] = (),
) -> Iterator[UnsupportedResource]:
    served = {api.id for api in http_apis if is_served(api)}
    for stack, _ in stacks:
        yield from stack.gaps
        for logical_id, resource in stack.template.resources.items():
            if logical_id in stack.nested or f"{stack.name}/{logical_id}" in served:
                continue
            if reason := _reason(resource.type):
                name = _construct_path(stack, logical_id)
                yield UnsupportedResource(type=resource.type, name=name, reason=reason)
    streamed = set(_streamed_functions(urls, apis))
    for function in functions:
        if reason := unsupported_reason(function) or _buffer_reason(function, streamed):
            yield UnsupportedResource(
                type="AWS::Lambda::Function", name=function.name, reason=reason
            )
        for arn in function.missing_layers:
            name = arn.partition(":layer:")[2] or arn
            # "<LayerArn: known after deployment>" is named as in the template.
            layer = name.lstrip("<").partition(":")[0]
            yield UnsupportedResource(
                type="AWS::Lambda::LayerVersion",
                name=name,
                reason=f"its files are on AWS, so {function.name} runs without them: "
                f"give them with --layer {layer}=FOLDER or ZIP",
            )
    for api in apis:
        for route in api.routes:
            if isinstance(route.integration, UnservedIntegration):
                yield UnsupportedResource(
                    type="AWS::ApiGateway::Method",
                    name=f"{api.name} {route.method} {route.path}",
                    reason=route.integration.reason,
                )


def find_gaps_of_http_apis(
    apis: Sequence[HttpApi], names: FunctionNames
) -> Iterator[UnsupportedResource]:
    """Routes that are not served, and APIs that buffer what their functions stream."""
    for api in apis:
        served = [
            one.integration for one in api.routes if isinstance(one.integration, LambdaIntegration)
        ]
        # A function of the app's own, behind a URL that streams.
        behind_url = any(
            isinstance(one.integration, HttpIntegration) and FUNCTION_URL.match(one.integration.uri)
            for one in api.routes
        )
        if behind_url or any(not is_buffered(names.find(one.function_name)) for one in served):
            yield UnsupportedResource(
                type=HTTP_API,
                name=api.name,
                reason=f"{RESPONSE_IS_BUFFERED}, as on AWS: an HTTP API cannot stream",
            )
        for route in api.routes:
            if isinstance(route.integration, UnservedIntegration):
                yield UnsupportedResource(
                    type="AWS::ApiGatewayV2::Route",
                    name=f"{api.name} {route.key}",
                    reason=route.integration.reason,
                )


def keep_first(functions: Sequence[LocalFunction]) -> tuple[LocalFunction, ...]:
    """The first of each name: names are all that callers have."""
    first: dict[str, LocalFunction] = {}
    for function in functions:
        first.setdefault(function.name, function)
    return tuple(first.values())


def find_namesakes(functions: Sequence[LocalFunction]) -> Iterator[UnsupportedResource]:
    """Functions whose name an earlier one has."""
    first = {one.name: one for one in keep_first(functions)}
    for function in functions:
        other = first[function.name]
        if other is not function:
            reason = (
                f"its FunctionName {function.name} is that of {other.logical_id} too, which runs "
                "in its place; AWS refuses two in one account and region"
            )
            yield UnsupportedResource(
                type="AWS::Lambda::Function", name=function.logical_id, reason=reason
            )


def _streamed_functions(urls: Sequence[FunctionUrl], apis: Sequence[RestApi]) -> Iterator[str]:
    """Names of the functions that have an endpoint which streams."""
    yield from (url.function_name for url in urls if url.streaming)
    for api in apis:
        for route in api.routes:
            if isinstance(route.integration, LambdaIntegration) and route.integration.streaming:
                yield route.integration.function_name


def _buffer_reason(function: LocalFunction, streamed: set[str]) -> str | None:
    """For a function whose endpoint streams, but whose runtime cannot."""
    if function.name in streamed and is_buffered(function):
        return f"{RESPONSE_IS_BUFFERED}, as on AWS: {_MANAGED_PYTHON}"
    return None


def _reason(resource_type: str) -> str | None:
    if resource_type.startswith("Custom::"):
        return _DEPLOYED
    return REASONS.get(resource_type)


def _construct_path(stack: Stack, logical_id: str) -> str:
    path = stack.construct_paths.get(logical_id)
    return path.removesuffix("/Resource").removesuffix("/Default") if path else logical_id
