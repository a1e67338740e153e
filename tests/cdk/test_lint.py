"""cfn-lint has nothing to say about what the constructs make, whatever they are asked for."""

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from streambda.cdk import (
    CloudFrontStream,
    ManagedPython,
    StreamAlarms,
    StreamDashboard,
    StreamingRestApi,
)
from tests.cdk.conftest import MakeFunction
from tests.support.templates import template_of

pytestmark = pytest.mark.slow

ACCOUNT = "123456789012"
NUMBER = "11111111-2222-3333-4444-555555555555"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/{NUMBER}"
# W3005: the CDK makes a function depend on its role, which it also refers to.
IGNORED = ["W3005"]


def findings(stack: cdk.Stack) -> list[str]:
    # A second and a half, that who leaves these tests out does not pay.
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    config = ManualArgs(ignore_checks=IGNORED, regions=["us-east-1"])
    return [str(match) for match in lint(json.dumps(template_of(stack)), config=config)]


def test_functions_urls_and_grants(stack: cdk.Stack, make_function: MakeFunction) -> None:
    cors = {"allowed_origins": ["https://example.com"], "allow_credentials": True}
    function = make_function(cors=cors, metrics="Words", alias="live")
    function.add_function_url()
    for grantee in (
        iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal()),
        iam.AccountPrincipal("210987654321"),
        iam.OrganizationPrincipal("o-abcde12345"),
    ):
        function.grant_invoke(grantee)
        function.grant_invoke_url(grantee)
    function.grant_invoke(iam.ServicePrincipal("events.amazonaws.com"))
    make_function("Public").add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
    make_function("Warm", provisioned_concurrent_executions=2, tracing=lambda_.Tracing.ACTIVE)
    make_function("Tenants", tenancy_config=lambda_.TenancyConfig.PER_TENANT)
    snap_start = lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS
    make_function("Managed", runtime=ManagedPython("3.13"), snap_start=snap_start)
    CloudFrontStream(
        stack,
        "Edge",
        function=make_function("Behind"),
        domain_names=["words.example.com"],
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
        outputs=True,
    )
    StreamDashboard(stack, "Dashboard", functions=[function])
    StreamAlarms(
        stack, "Alarms", function=function, topic=sns.Topic(stack, "Topic", enforce_ssl=True)
    )

    assert findings(stack) == []


def test_rest_apis(stack: cdk.Stack, make_function: MakeFunction) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    cors = {"allowed_origins": ["https://a.example", "https://b.example"]}
    function = make_function(vpc=vpc, vpc_subnets=subnets, cors=cors)
    service = ec2.InterfaceVpcEndpointAwsService.APIGATEWAY
    private = apigw.EndpointConfiguration(
        types=[apigw.EndpointType.PRIVATE],
        vpc_endpoints=[vpc.add_interface_endpoint("Endpoint", service=service)],
    )
    StreamingRestApi(stack, "Private", endpoint_configuration=private, outputs=True).add_stream(
        "GET", "/", function
    )
    api = StreamingRestApi(
        stack,
        "Public",
        domain_name=apigw.DomainNameOptions(
            domain_name="api.example.com",
            certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
            base_path="v1",
            endpoint_type=apigw.EndpointType.REGIONAL,
        ),
        disable_execute_api_endpoint=True,
        binary_media_types=["*/*"],
        throttling_rate_limit=10,
        throttling_burst_limit=5,
        tracing_enabled=True,
        logging_level=apigw.MethodLoggingLevel.ERROR,
        cloud_watch_role=True,
        web_acl_arn=f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/mine/{NUMBER}",
        outputs=True,
    )
    pool = cognito.UserPool(stack, "Pool", removal_policy=cdk.RemovalPolicy.DESTROY)
    api.add_stream("POST", "/words", function)
    api.add_stream(
        "GET",
        "/words",
        function,
        authorizer=apigw.CognitoUserPoolsAuthorizer(stack, "Authorizer", cognito_user_pools=[pool]),
        authorization_scopes=["words/read"],
        api_key_required=True,
        request_parameters={"method.request.querystring.topic": True},
    )
    api.add_api_key("Key", rate_limit=1, burst_limit=2, requests_per_day=10)

    assert findings(stack) == []
