from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigw

from streambda.cdk import StreamingFunction, StreamingRestApi
from tests.cdk.conftest import MakeFunction
from tests.cdk.rules.conftest import Findings

STREAM = apigw.ResponseTransferMode.STREAM
MINUTE = cdk.Duration.minutes(1)


@pytest.fixture
def plain_api(stack: cdk.Stack) -> Callable[..., apigw.RestApi]:
    """A REST API of aws-cdk-lib, as people have it before they know of ours."""

    def make(**options: object) -> apigw.RestApi:
        defaults: dict[str, object] = {"endpoint_types": [apigw.EndpointType.REGIONAL]}
        return apigw.RestApi(stack, "Plain", **{**defaults, **options})  # type: ignore[arg-type]

    return make


def make_streaming_integration(
    function: StreamingFunction, **options: object
) -> apigw.LambdaIntegration:
    defaults: dict[str, object] = {"response_transfer_mode": STREAM, "timeout": MINUTE}
    return apigw.LambdaIntegration(function.function, **{**defaults, **options})  # type: ignore[arg-type]


def test_a_stream_as_it_should_be_passes(
    plain_api: Callable[..., apigw.RestApi],
    stack: cdk.Stack,
    make_function: MakeFunction,
    findings: Findings,
) -> None:
    function = make_function()
    plain_api().root.add_method("GET", make_streaming_integration(function))
    StreamingRestApi(stack, "Ours").add_stream("GET", "/", function)

    assert findings() == {}


@pytest.mark.slow
def test_another_functions_buffered_route_is_none_of_our_business(
    plain_api: Callable[..., apigw.RestApi],
    stack: cdk.Stack,
    make_function: MakeFunction,
    findings: Findings,
) -> None:
    make_function()
    plain_api(endpoint_types=[apigw.EndpointType.EDGE]).root.add_method(
        "GET", apigw.HttpIntegration("https://example.com")
    )

    assert findings() == {}


def test_a_buffered_route_would_answer_without_a_body(
    plain_api: Callable[..., apigw.RestApi], make_function: MakeFunction, findings: Findings
) -> None:
    plain_api().root.add_method("GET", apigw.LambdaIntegration(make_function().function))

    assert findings() == {
        "buffered-integration": "method Test/Plain/Default/GET/Resource buffers: API Gateway would "
        "answer with the stream's status and headers and without a body; use StreamingIntegration "
        "or StreamingRestApi"
    }


@pytest.mark.slow
def test_a_buffered_route_to_an_alias_is_seen_as_well(
    plain_api: Callable[..., apigw.RestApi], make_function: MakeFunction, findings: Findings
) -> None:
    alias = make_function().function.add_alias("live")

    plain_api().root.add_method("GET", apigw.LambdaIntegration(alias))

    assert findings().keys() == {"buffered-integration"}


@pytest.mark.parametrize(
    ("timeout", "message"),
    [
        (
            cdk.Duration.seconds(59),
            "cuts the stream after 59000 ms, but the function may run",
        ),
        (None, "cuts the stream after 29000 ms, but the function may run for 60000 ms"),
        (cdk.Duration.minutes(16), "has a timeout of 960000 ms, expected at most 900000 ms"),
    ],
)
def test_a_timeout_that_cuts_or_cannot_be_deployed_is_refused(
    plain_api: Callable[..., apigw.RestApi],
    make_function: MakeFunction,
    findings: Findings,
    timeout: cdk.Duration | None,
    message: str,
) -> None:
    plain_api().root.add_method("GET", make_streaming_integration(make_function(), timeout=timeout))

    found = findings()

    assert found.keys() == {"integration-timeout"}
    assert message in found["integration-timeout"]


def test_our_own_api_is_checked_too(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    StreamingRestApi(stack, "Ours").add_stream(
        "GET", "/", make_function(), timeout=cdk.Duration.seconds(5)
    )

    assert findings().keys() == {"integration-timeout"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("minutes", "found"), [(1, {"edge-optimised"}), (None, {"edge-optimised"})]
)
def test_an_edge_optimised_api_would_cut_a_silent_stream(
    plain_api: Callable[..., apigw.RestApi],
    make_function: MakeFunction,
    findings: Findings,
    minutes: int | None,
    found: set[str],
) -> None:
    api = plain_api(endpoint_types=None if minutes is None else [apigw.EndpointType.EDGE])
    api.root.add_method("GET", make_streaming_integration(make_function()))

    assert findings().keys() == found


@pytest.mark.slow
def test_an_edge_optimised_api_may_have_streams_of_half_a_minute(
    plain_api: Callable[..., apigw.RestApi], make_function: MakeFunction, findings: Findings
) -> None:
    half = cdk.Duration.seconds(30)
    api = plain_api(endpoint_types=[apigw.EndpointType.EDGE])
    api.root.add_method(
        "GET", make_streaming_integration(make_function(timeout=half), timeout=half)
    )

    assert findings() == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"cache_cluster_enabled": True},
        {"caching_enabled": True},
        {"method_options": {"/*/*": apigw.MethodDeploymentOptions(caching_enabled=True)}},
    ],
)
def test_a_cache_has_no_use_for_a_stream(
    plain_api: Callable[..., apigw.RestApi],
    make_function: MakeFunction,
    findings: Findings,
    options: dict[str, object],
) -> None:
    api = plain_api(deploy_options=apigw.StageOptions(**options))  # type: ignore[arg-type]
    api.root.add_method("GET", make_streaming_integration(make_function()))

    found = findings()

    assert found.keys() == {"cache"}
    assert "expected no cache cluster and no caching_enabled" in found["cache"]


@pytest.mark.slow
def test_api_gateway_does_not_compress_a_stream(
    plain_api: Callable[..., apigw.RestApi], make_function: MakeFunction, findings: Findings
) -> None:
    api = plain_api(min_compression_size=cdk.Size.bytes(1024))
    api.root.add_method("GET", make_streaming_integration(make_function()))

    found = findings()

    assert found.keys() == {"content-encoding"}
    assert "has minimum_compression_size 1024, expected none" in found["content-encoding"]


TEMPLATES = {"application/json": "{}"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("requestTemplates", {"request_templates": TEMPLATES}),
        (
            "responseTemplates",
            {
                "integration_responses": [
                    apigw.CfnMethod.IntegrationResponseProperty(
                        status_code="200", response_templates=TEMPLATES
                    )
                ]
            },
        ),
    ],
)
def test_api_gateway_does_not_map_a_stream(
    plain_api: Callable[..., apigw.RestApi],
    make_function: MakeFunction,
    findings: Findings,
    key: str,
    options: dict[str, Any],
) -> None:
    make_function()
    method = plain_api().root.add_method("GET").node.default_child
    assert isinstance(method, apigw.CfnMethod)
    method.integration = apigw.CfnMethod.IntegrationProperty(
        type="AWS_PROXY", response_transfer_mode="STREAM", timeout_in_millis=60_000, **options
    )

    found = findings()

    assert found.keys() == {"mapping-template"}
    assert f"has {key}, expected none" in found["mapping-template"]


@pytest.mark.slow
def test_a_timeout_that_is_known_at_deployment_only_is_let_through(
    stack: cdk.Stack,
    plain_api: Callable[..., apigw.RestApi],
    make_function: MakeFunction,
    findings: Findings,
) -> None:
    limit = cdk.CfnParameter(stack, "Limit", type="Number").value_as_number
    later = cdk.Duration.millis(limit)
    plain_api().root.add_method("GET", make_streaming_integration(make_function(), timeout=later))

    assert findings() == {}


@pytest.mark.slow
def test_the_function_s_timeout_may_be_an_override(
    plain_api: Callable[..., apigw.RestApi], make_function: MakeFunction, findings: Findings
) -> None:
    function = make_function()
    plain_api().root.add_method("GET", make_streaming_integration(function))
    resource = function.function.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.add_property_override("Timeout", 120)

    assert "the function may run for 120000 ms" in findings()["integration-timeout"]
