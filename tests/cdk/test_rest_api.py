import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import PythonLayer, StreamingFunction, StreamingRestApi
from tests.cdk.conftest import MakeApp, MakeFunction
from tests.support.templates import only, resources, template_of


@pytest.fixture
def rest_api(stack: cdk.Stack) -> StreamingRestApi:
    return StreamingRestApi(stack, "RestApi")


def test_the_api_is_regional_and_leaves_the_account_alone(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/", make_function())

    template = template_of(stack)
    api = only(template, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert resources(template, "AWS::ApiGateway::Account") == {}
    assert template.get("Outputs", {}) == {}


@pytest.mark.slow
def test_the_accounts_role_for_logs_can_be_made_and_stays(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    rest_api = StreamingRestApi(stack, "RestApi", cloud_watch_role=True)
    rest_api.add_stream("GET", "/", make_function())

    everything = template_of(stack)["Resources"].values()
    [account] = [it for it in everything if it["Type"] == "AWS::ApiGateway::Account"]
    assert account["DeletionPolicy"] == "Retain"


@pytest.mark.slow
def test_the_access_log_tells_how_the_stream_went(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/", make_function())

    stage = only(template_of(stack), "AWS::ApiGateway::Stage")
    line = json.loads(stage["AccessLogSetting"]["Format"])
    assert line["requestId"] == "$context.requestId"
    assert line["responseTransferMode"] == "$context.integration.responseTransferMode"
    assert line["timeToAllHeaders"] == "$context.integration.timeToAllHeaders"
    assert line["timeToFirstContent"] == "$context.integration.timeToFirstContent"


@pytest.mark.slow
def test_requests_are_validated(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/", make_function())

    template = template_of(stack)
    [validator] = resources(template, "AWS::ApiGateway::RequestValidator")
    method = only(template, "AWS::ApiGateway::Method")
    assert method["RequestValidatorId"] == {"Ref": validator}


def test_options_reach_the_api(stack: cdk.Stack, make_function: MakeFunction) -> None:
    rest_api = StreamingRestApi(
        stack, "RestApi", stage_name="v1", authorization_type=apigw.AuthorizationType.NONE
    )
    rest_api.add_stream("any", "/jobs/{id}", make_function())

    template = template_of(stack)
    method = only(template, "AWS::ApiGateway::Method")
    parts = [it["PathPart"] for it in resources(template, "AWS::ApiGateway::Resource").values()]
    assert only(template, "AWS::ApiGateway::Stage")["StageName"] == "v1"
    assert (method["HttpMethod"], method["AuthorizationType"]) == ("ANY", "NONE")
    assert sorted(parts) == ["jobs", "{id}"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, None), ([], None), (["*/*"], ["*/*"]), (("image/*", "a/b"), ["image/*", "a/b"])],
)
def test_which_bodies_are_binary(
    stack: cdk.Stack, given: Sequence[str] | None, expected: list[str] | None
) -> None:
    rest_api = StreamingRestApi(stack, "RestApi", binary_media_types=given)
    rest_api.api.root.add_method("GET", apigw.MockIntegration())

    api = only(template_of(stack), "AWS::ApiGateway::RestApi")
    assert api.get("BinaryMediaTypes") == expected


def test_pages_of_other_origins_may_call_and_read_errors(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    cors = apigw.CorsOptions(allow_origins=["https://a.example"], allow_credentials=True)
    rest_api = StreamingRestApi(stack, "RestApi", default_cors_preflight_options=cors)
    rest_api.add_stream("POST", "/words", make_function())

    template = template_of(stack)
    errors = resources(template, "AWS::ApiGateway::GatewayResponse").values()
    preflights = [
        it
        for it in resources(template, "AWS::ApiGateway::Method").values()
        if it["HttpMethod"] == "OPTIONS"
    ]
    assert len(preflights) == 2  # of the root and of /words
    assert {it["AuthorizationType"] for it in preflights} == {"NONE"}
    assert {it["ResponseType"] for it in errors} == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for error in errors:
        assert error["ResponseParameters"] == {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'https://a.example'",
            "gatewayresponse.header.Access-Control-Allow-Credentials": "'true'",
            "gatewayresponse.header.Vary": "'Origin'",
        }


@pytest.mark.slow
def test_every_origin_may_read_errors_where_every_origin_may_call(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    cors = apigw.CorsOptions(allow_origins=apigw.Cors.ALL_ORIGINS)
    StreamingRestApi(stack, "RestApi", default_cors_preflight_options=cors).add_stream(
        "GET", "/", make_function()
    )

    for error in resources(template_of(stack), "AWS::ApiGateway::GatewayResponse").values():
        assert error["ResponseParameters"] == {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'"
        }


@pytest.mark.slow
def test_requests_can_be_limited(stack: cdk.Stack, make_function: MakeFunction) -> None:
    rest_api = StreamingRestApi(
        stack, "RestApi", throttling_rate_limit=2.5, throttling_burst_limit=5
    )
    rest_api.add_stream("GET", "/", make_function())

    [settings] = only(template_of(stack), "AWS::ApiGateway::Stage")["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (2.5, 5)
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")


@pytest.mark.slow
def test_callers_can_be_given_keys(stack: cdk.Stack, make_function: MakeFunction) -> None:
    rest_api = StreamingRestApi(stack, "RestApi", api_key_required=True)
    rest_api.add_stream("GET", "/", make_function())
    rest_api.add_api_key("Alice", rate_limit=1, burst_limit=2, requests_per_day=100)
    rest_api.add_api_key("Bob")

    template = template_of(stack)
    plans = resources(template, "AWS::ApiGateway::UsagePlan")
    alice, bob = (plans[id] for id in sorted(plans))
    assert only(template, "AWS::ApiGateway::Method")["ApiKeyRequired"] is True
    assert alice["Throttle"] == {"RateLimit": 1, "BurstLimit": 2}
    assert alice["Quota"] == {"Limit": 100, "Period": "DAY"}
    assert not {"Throttle", "Quota"} & bob.keys()
    assert len(resources(template, "AWS::ApiGateway::UsagePlanKey")) == 2


@pytest.mark.slow
def test_a_user_pool_can_be_asked(stack: cdk.Stack, make_function: MakeFunction) -> None:
    pool = cognito.UserPool(stack, "Pool")
    authorizer = apigw.CognitoUserPoolsAuthorizer(stack, "Users", cognito_user_pools=[pool])
    rest_api = StreamingRestApi(stack, "RestApi", authorizer=authorizer)
    rest_api.add_stream("GET", "/", make_function())

    method = only(template_of(stack), "AWS::ApiGateway::Method")
    [id] = resources(template_of(stack), "AWS::ApiGateway::Authorizer")
    assert method["AuthorizationType"] == "COGNITO_USER_POOLS"
    assert method["AuthorizerId"] == {"Ref": id}


@pytest.mark.slow
def test_a_lambda_authorizer_can_be_asked_and_one_route_be_open(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    authorizer = apigw.TokenAuthorizer(stack, "Token", handler=make_function("Judge").function)
    rest_api = StreamingRestApi(stack, "RestApi", authorizer=authorizer)
    function = make_function()
    rest_api.add_stream("GET", "/", function)
    rest_api.add_stream("GET", "/health", function, authorization_type=apigw.AuthorizationType.NONE)

    methods = resources(template_of(stack), "AWS::ApiGateway::Method").values()
    assert sorted(it["AuthorizationType"] for it in methods) == ["CUSTOM", "NONE"]
    assert [it["AuthorizationType"] for it in methods if "AuthorizerId" in it] == ["CUSTOM"]


@pytest.mark.slow
def test_a_web_acl_goes_before_the_stage(stack: cdk.Stack, make_function: MakeFunction) -> None:
    arn = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/mine/1"
    rest_api = StreamingRestApi(stack, "RestApi", web_acl_arn=arn)
    rest_api.add_stream("GET", "/", make_function())

    template = template_of(stack)
    [stage] = resources(template, "AWS::ApiGateway::Stage")
    association = only(template, "AWS::WAFv2::WebACLAssociation")
    assert association["WebACLArn"] == arn
    assert {"Ref": stage} in association["ResourceArn"]["Fn::Join"][1]


@pytest.mark.slow
def test_a_domain_of_ones_own(stack: cdk.Stack, make_function: MakeFunction) -> None:
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", arn)
    domain = apigw.DomainNameOptions(domain_name="api.example.com", certificate=certificate)
    StreamingRestApi(stack, "RestApi", domain_name=domain).add_stream("GET", "/", make_function())

    template = template_of(stack)
    assert only(template, "AWS::ApiGateway::DomainName")["DomainName"] == "api.example.com"
    assert len(resources(template, "AWS::ApiGateway::BasePathMapping")) == 1
    assert template.get("Outputs", {}) == {}


@pytest.mark.slow
def test_an_api_at_a_path_of_a_domain_of_ones_own_and_nowhere_else(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", arn)
    domain = apigw.DomainNameOptions(
        domain_name="api.example.com", certificate=certificate, base_path="v1"
    )
    StreamingRestApi(
        stack, "RestApi", domain_name=domain, disable_execute_api_endpoint=True, outputs=True
    ).add_stream("GET", "/", make_function())

    template = template_of(stack)
    assert only(template, "AWS::ApiGateway::BasePathMapping")["BasePath"] == "v1"
    assert only(template, "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"] is True
    assert template["Outputs"]["RestApiUrl"]["Value"] == "https://api.example.com/v1"


PRIVATE = [apigw.EndpointType.PRIVATE]


@pytest.mark.slow
def test_a_private_api_answers_its_endpoints_alone(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    service = ec2.InterfaceVpcEndpointAwsService.APIGATEWAY
    endpoint = ec2.InterfaceVpcEndpoint(stack, "Endpoint", vpc=vpc, service=service)
    configuration = apigw.EndpointConfiguration(types=PRIVATE, vpc_endpoints=[endpoint])
    StreamingRestApi(stack, "RestApi", endpoint_configuration=configuration).add_stream(
        "GET", "/", make_function()
    )

    template = template_of(stack)
    [id] = resources(template, "AWS::EC2::VPCEndpoint")
    api = only(template, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["PRIVATE"], "VpcEndpointIds": [{"Ref": id}]}
    allow, deny = sorted(api["Policy"]["Statement"], key=lambda it: str(it["Effect"]))
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceVpce": [{"Ref": id}]}}


def test_a_private_api_that_nobody_could_call_is_refused(stack: cdk.Stack) -> None:
    configuration = apigw.EndpointConfiguration(types=PRIVATE)

    with pytest.raises(ValueError, match=r"^endpoint_configuration is PRIVATE, expected vpc_endp"):
        StreamingRestApi(stack, "RestApi", endpoint_configuration=configuration)


@pytest.mark.slow
def test_a_private_api_may_have_a_policy_of_yours(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    statement = iam.PolicyStatement(
        actions=["execute-api:Invoke"],
        resources=["execute-api:/*"],
        principals=[iam.AccountPrincipal("111122223333")],
    )
    StreamingRestApi(
        stack,
        "RestApi",
        endpoint_configuration=apigw.EndpointConfiguration(types=PRIVATE),
        policy=iam.PolicyDocument(statements=[statement]),
    ).add_stream("GET", "/", make_function())

    policy = only(template_of(stack), "AWS::ApiGateway::RestApi")["Policy"]
    assert [it["Action"] for it in policy["Statement"]] == ["execute-api:Invoke"]


@pytest.mark.slow
def test_a_route_has_an_authorizer_scopes_a_key_and_a_validator_of_its_own(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    pool = cognito.UserPool(stack, "Pool")
    users = apigw.CognitoUserPoolsAuthorizer(stack, "Users", cognito_user_pools=[pool])
    validator = rest_api.api.add_request_validator("Parameters", validate_request_parameters=True)
    function = make_function()
    rest_api.add_stream("GET", "/", function)
    rest_api.add_stream(
        "POST",
        "/",
        function,
        authorizer=users,
        authorization_scopes=["chat/write"],
        api_key_required=True,
        operation_name="Chat",
        request_validator=validator,
    )

    methods = resources(template_of(stack), "AWS::ApiGateway::Method").values()
    get, post = sorted(methods, key=lambda it: str(it["HttpMethod"]))
    assert get["AuthorizationType"] == "AWS_IAM"
    assert not {"AuthorizerId", "AuthorizationScopes", "ApiKeyRequired"} & get.keys()
    assert post["AuthorizationType"] == "COGNITO_USER_POOLS"
    assert post["AuthorizationScopes"] == ["chat/write"]
    assert (post["ApiKeyRequired"], post["OperationName"]) == (True, "Chat")
    assert post["RequestValidatorId"] != get["RequestValidatorId"]


def test_scopes_without_a_user_pool_are_refused(
    rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    with pytest.raises(ValueError, match=r"^authorization_scopes of / is set, expected none"):
        rest_api.add_stream("GET", "/", make_function(), authorization_scopes=["chat/write"])


@pytest.mark.slow
def test_execution_logs_and_traces_are_off_unless_asked_for(
    make_app: MakeApp, layer_archive: Path, entry: Path
) -> None:
    def stage(**options: Any) -> dict[str, Any]:
        stack = cdk.Stack(make_app(), "Test")
        PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer_archive)
        function = StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")
        StreamingRestApi(stack, "RestApi", **options).add_stream("GET", "/", function)
        return only(template_of(stack), "AWS::ApiGateway::Stage")

    plain = stage()
    asked = stage(logging_level=apigw.MethodLoggingLevel.ERROR, tracing_enabled=True)
    assert not {"MethodSettings", "TracingEnabled"} & plain.keys()
    assert asked["MethodSettings"][0]["LoggingLevel"] == "ERROR"
    assert asked["TracingEnabled"] is True


@pytest.mark.slow
def test_what_a_request_must_have_is_checked(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    topic = {"method.request.querystring.topic": True}
    schema = apigw.JsonSchema(type=apigw.JsonSchemaType.OBJECT, required=["prompt"])
    model = rest_api.api.add_model("Prompt", schema=schema)
    rest_api.add_stream(
        "POST",
        "/",
        make_function(),
        request_parameters=topic,
        request_models={"application/json": model},
    )

    template = template_of(stack)
    method = only(template, "AWS::ApiGateway::Method")
    [id] = resources(template, "AWS::ApiGateway::Model")
    assert method["RequestParameters"] == topic
    assert method["RequestModels"] == {"application/json": {"Ref": id}}
