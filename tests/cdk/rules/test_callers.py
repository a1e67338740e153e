from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_elasticloadbalancingv2_targets as targets
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import PythonLayer, StreamingFunction
from streambda.cdk.quotas import REGIONS_WITHOUT_FUNCTION_URLS
from tests.cdk.conftest import MakeApp, MakeFunction
from tests.cdk.rules.conftest import Findings


def test_an_http_api_would_collect_the_stream(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    api = apigatewayv2.HttpApi(stack, "Http")
    function = make_function().function
    api.add_routes(path="/", integration=integrations.HttpLambdaIntegration("Words", function))

    found = findings()

    assert found.keys() == {"http-api"}
    assert (
        "puts Test/Hello behind an HTTP or WebSocket API, which does not stream"
        in (found["http-api"])
    )


@pytest.mark.slow
def test_a_load_balancer_would_collect_the_stream(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    balancer = elbv2.ApplicationLoadBalancer(stack, "Alb", vpc=vpc)
    listener = balancer.add_listener("Http", port=80, open=False)
    listener.add_targets("Words", targets=[targets.LambdaTarget(make_function().function)])

    found = findings()

    assert found.keys() == {"load-balancer"}
    assert (
        "puts Test/Hello behind a load balancer, which collects a response of at most 1 MB"
        in (found["load-balancer"])
    )


def test_a_function_url_that_buffers_is_refused(
    make_function: MakeFunction, findings: Findings
) -> None:
    make_function().function.add_function_url()

    found = findings()

    assert found.keys() == {"buffered-url"}
    assert "expected" not in found["buffered-url"]
    assert found["buffered-url"].endswith("use add_function_url of Test/Hello")


def test_a_function_url_of_an_alias_by_its_arn_is_refused(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    function, mode = make_function(alias="live"), lambda_.InvokeMode.RESPONSE_STREAM
    lambda_.FunctionUrl(stack, "Url", function=function, invoke_mode=mode)

    found = findings()

    assert found.keys() == {"qualified-url"}
    assert found["qualified-url"].endswith("use add_function_url of Test/Hello")


def test_our_function_url_streams(make_function: MakeFunction, findings: Findings) -> None:
    make_function().add_function_url()

    assert findings() == {}


@pytest.mark.parametrize(("region", "rules"), [("eu-west-1", 0), ("il-central-1", 1)])
def test_a_region_without_function_urls_is_known(
    make_app: MakeApp, layer_archive: Path, entry: Path, region: str, rules: int
) -> None:
    app = make_app()
    stack = cdk.Stack(app, "There", env=cdk.Environment(region=region))
    PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer_archive)
    function = StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")
    function.add_function_url()

    assert (region in REGIONS_WITHOUT_FUNCTION_URLS) is bool(rules)
    if rules:
        with pytest.raises(RuntimeError, match="is in il-central-1, where Lambda has no Function"):
            app.synth()
    else:
        app.synth()


def test_other_functions_may_be_called_as_they_like(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    make_function()
    other = lambda_.Function(
        stack,
        "Other",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    other.add_function_url()
    api = apigatewayv2.HttpApi(stack, "Http")
    api.add_routes(path="/", integration=integrations.HttpLambdaIntegration("Other", other))

    assert findings() == {}
