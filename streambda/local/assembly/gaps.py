"""What an app has on AWS and not here: told at the start, in one table. No I/O.

Resources that nothing here waits for (roles, log groups, permissions, alarms) are not named.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType

from streambda.local.assembly.manifest import Resource, Stack
from streambda.local.assembly.qualifiers import Resolved
from streambda.local.model.functions import (
    FunctionUrl,
    Gap,
    LambdaIntegration,
    LocalFunction,
    RestApi,
)
from streambda.local.model.start_mode import ANSWERS_WHOLE, StartMode, cannot_run, start_mode

_EVENTS = "is no source of events here: invoke the function yourself"
_CALLED = "is not run here: a function that calls it calls AWS, with your credentials"
_DEPLOYED = "runs when the app is deployed, and not here"
_ENDPOINT = "is no endpoint here: use the function URL or the REST API"

WHY = MappingProxyType(
    {
        "AWS::ApiGateway::DomainName": "there are no custom domains here",
        "AWS::ApiGatewayV2::Api": _ENDPOINT,
        "AWS::AppSync::GraphQLApi": _ENDPOINT,
        "AWS::CloudFormation::CustomResource": _DEPLOYED,
        "AWS::CloudFormation::Stack": "nested stacks are not read",
        "AWS::CloudFront::Distribution": "there is no CDN here: use what lies behind it",
        "AWS::Cognito::UserPool": "signs nobody in here: --jwks FILE checks a real one's tokens",
        "AWS::DynamoDB::GlobalTable": _CALLED,
        "AWS::DynamoDB::Table": _CALLED,
        "AWS::ElasticLoadBalancingV2::LoadBalancer": _ENDPOINT,
        "AWS::Events::Rule": _EVENTS,
        "AWS::Kinesis::Stream": _CALLED,
        "AWS::Lambda::CapacityProvider": "there are no managed instances here",
        "AWS::Lambda::EventSourceMapping": _EVENTS,
        "AWS::S3::Bucket": _CALLED,
        "AWS::SNS::Topic": _CALLED,
        "AWS::SQS::Queue": _CALLED,
        "AWS::Scheduler::Schedule": _EVENTS,
        "AWS::SecretsManager::Secret": _CALLED,
        "AWS::StepFunctions::StateMachine": _CALLED,
        "AWS::WAFv2::WebACL": "filters nothing here",
    }
)


def find_gaps(
    resolved: Resolved,
    functions: Sequence[LocalFunction],
    urls: Sequence[FunctionUrl],
    apis: Sequence[RestApi],
) -> Iterator[Gap]:
    for stack, _ in resolved:
        for logical_id, resource in stack.template.resources.items():
            why = _DEPLOYED if resource.type.startswith("Custom::") else WHY.get(resource.type)
            if why:
                yield Gap(type=resource.type, name=_name(stack, logical_id, resource), why=why)
    streamed = set(_behind_streams(urls, apis))
    for function in functions:
        if why := cannot_run(function) or _buffers(function, streamed):
            yield Gap(type="AWS::Lambda::Function", name=function.name, why=why)
    for api in apis:
        for route in api.routes:
            if route.integration is None:
                yield Gap(
                    type="AWS::ApiGateway::Method",
                    name=f"{api.name} {route.method} {route.path}",
                    why="its integration is neither a function of this app nor a mock",
                )


def _behind_streams(urls: Sequence[FunctionUrl], apis: Sequence[RestApi]) -> Iterator[str]:
    """The functions whose endpoints stream."""
    yield from (url.function_name for url in urls if url.streaming)
    for api in apis:
        for route in api.routes:
            if isinstance(route.integration, LambdaIntegration) and route.integration.streaming:
                yield route.integration.function_name


def _buffers(function: LocalFunction, streamed: set[str]) -> str | None:
    """What its endpoint promises and Lambda's own Python does not keep, there or here."""
    if function.name in streamed and start_mode(function) is StartMode.MANAGED_PYTHON:
        return (
            f"{ANSWERS_WHOLE}, as on AWS: its runtime is Lambda's own Python; ManagedPython streams"
        )
    return None


def _name(stack: Stack, logical_id: str, resource: Resource) -> str:
    path = stack.construct_paths.get(logical_id)
    return path.removesuffix("/Resource").removesuffix("/Default") if path else logical_id
