"""Reads what the methods of REST APIs call: functions, mocks, and what is not served, with why."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from streambda.local.assembly.http_integrations import HTTP_KINDS, read_http_integration
from streambda.local.assembly.intrinsics import Resolver
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.rest_apis import (
    STAGE_VARIABLE,
    Integration,
    LambdaIntegration,
    MockIntegration,
    RestApi,
    Route,
    Stage,
    UnservedIntegration,
)

FUNCTION_IN_URI = re.compile(
    r":lambda:path/[\d-]+/functions/(?P<reference>.+)/(?P<operation>[\w-]+)$"
)
# Of an integration with another service: "arn:aws:apigateway:REGION:dynamodb:action/PutItem".
SERVICE_IN_URI = re.compile(r"^arn:[\w-]+:apigateway:[^:]*:(?P<service>[^:]+):")

# How the CDK asks, in a preflight's template, whether one of several origins is allowed.
ORIGIN = re.compile(r'\$origin\.matches\("([^"]*)"\)')

PROXY = "AWS_PROXY"  # the only type with a function that is served
RESPONSE_HEADER = "method.response.header."

# An ARN of a function has seven parts; an alias or a version is the eighth.
ARN_PARTS = 7


def read_integration(properties: dict[str, Any], resolver: Resolver) -> Integration:
    """The function of a `LambdaIntegration` is as its URI says, before `link_api`."""
    kind = resolver.text(properties.get("Type")).upper()
    if kind == "MOCK":
        return _read_mock(properties)
    if kind in HTTP_KINDS:
        return read_http_integration(kind, properties, resolver)
    uri = resolver.text(properties.get("Uri"))
    found = FUNCTION_IN_URI.search(uri)
    if kind != PROXY or found is None:
        reason = _explain(kind, uri, calls_function=found is not None)
        return UnservedIntegration(reason=reason, kind=kind)
    milliseconds = properties.get("TimeoutInMillis")
    return LambdaIntegration(
        function_name=found["reference"],
        streaming=properties.get("ResponseTransferMode") == "STREAM",
        invokes_stream=found["operation"] == "response-streaming-invocations",
        credentials=resolver.text(properties.get("Credentials")),
        timeout_s=None if milliseconds is None else float(resolver.text(milliseconds)) / 1000,
    )


def _explain(kind: str, uri: str, *, calls_function: bool) -> str:
    """Why an integration of this type is not served."""
    if not kind:
        return "it has no integration, so no request can be answered"
    if calls_function:
        advice = "mapping templates do not run here"
        return f"its integration has the type {kind}, expected {PROXY}: {advice}"
    service = SERVICE_IN_URI.match(uri)
    called = service["service"].rpartition(".")[2] if service else uri or "nothing"
    return f"its integration ({kind}) calls {called}, which is not called from here"


def _read_mock(properties: dict[str, Any]) -> MockIntegration:
    """The first response, with the headers whose values are 'literals'."""
    response: dict[str, Any] = next(iter(properties.get("IntegrationResponses", [])), {})
    headers = tuple(
        (name.removeprefix(RESPONSE_HEADER), value[1:-1])
        for name, value in response.get("ResponseParameters", {}).items()
        if name.startswith(RESPONSE_HEADER) and str(value).startswith("'")
    )
    templates: dict[str, str] = response.get("ResponseTemplates", {})
    return MockIntegration(
        status=int(response.get("StatusCode", 200)),
        headers=headers,
        origins=tuple(ORIGIN.findall(templates.get("application/json", ""))),
    )


def link_api(api: RestApi, names: FunctionNames) -> RestApi:
    """Its integrations name functions of this assembly, or else say why there is none."""
    routes = tuple(_link_route(route, api.stages, names) for route in api.routes)
    return replace(api, routes=routes)


def explain_missing(arn: str) -> str:
    if "${" in arn:
        return f"its function is literally {arn}: only Fn::Sub puts values in place of ${{…}}"
    return f"its function {arn.rpartition(':function:')[2] or arn} is not in this app"


def _leave_out(reason: str) -> UnservedIntegration:
    return UnservedIntegration(reason=reason, kind=PROXY)


def _link_route(route: Route, stages: Sequence[Stage], names: FunctionNames) -> Route:
    integration = route.integration
    if not isinstance(integration, LambdaIntegration):
        return route
    parts = integration.function_name.split(":")
    arn = ":".join(parts[:ARN_PARTS])
    for variable in STAGE_VARIABLE.findall(arn):
        values = {one.variables[variable] for one in stages if variable in one.variables}
        if len(values) != 1:
            said = f"has the values {', '.join(sorted(values))}" if values else "has no value"
            reason = f"its function depends on the stage variable {variable}, which {said}"
            return replace(route, integration=_leave_out(reason))
        arn = arn.replace(f"${{stageVariables.{variable}}}", values.pop())
    if (name := names.local_name(arn)) is None:
        return replace(route, integration=_leave_out(explain_missing(arn)))
    qualifier = ":".join(parts[ARN_PARTS:]) or None
    return replace(route, integration=replace(integration, function_name=name, qualifier=qualifier))
