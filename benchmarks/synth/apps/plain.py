"""The same resources with aws-cdk-lib alone, from a folder that has the runtime already."""

import sys
from pathlib import Path

from streambda.node import use_bundled_node

use_bundled_node()

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_apigateway as apigw  # noqa: E402
from aws_cdk import aws_iam as iam  # noqa: E402
from aws_cdk import aws_lambda as lambda_  # noqa: E402
from aws_cdk import aws_logs as logs  # noqa: E402

layer_zip, code = Path(sys.argv[1]), Path(sys.argv[2])
app = cdk.App()
stack = cdk.Stack(app, "Bench")
layer = lambda_.LayerVersion(
    stack,
    "Layer",
    code=lambda_.Code.from_asset(str(layer_zip)),
    compatible_architectures=[lambda_.Architecture.ARM_64],
    compatible_runtimes=[lambda_.Runtime.PROVIDED_AL2023],
)
access_log = logs.LogGroup(stack, "AccessLog", retention=logs.RetentionDays.ONE_MONTH)
api = apigw.RestApi(
    stack,
    "Api",
    endpoint_types=[apigw.EndpointType.REGIONAL],
    cloud_watch_role=False,
    deploy_options=apigw.StageOptions(
        access_log_destination=apigw.LogGroupLogDestination(access_log),
        access_log_format=apigw.AccessLogFormat.custom('{"id": "$context.requestId"}'),
    ),
)
validator = api.add_request_validator(
    "Validator", validate_request_body=True, validate_request_parameters=True
)
for name in ("One", "Two", "Three"):
    log_group = logs.LogGroup(stack, f"{name}Logs", retention=logs.RetentionDays.ONE_MONTH)
    role = iam.Role(stack, f"{name}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log_group.grant_write(role)
    function = lambda_.Function(
        stack,
        name,
        runtime=lambda_.Runtime.PROVIDED_AL2023,
        architecture=lambda_.Architecture.ARM_64,
        handler="app.handler",
        code=lambda_.Code.from_asset(str(code)),
        layers=[layer],
        memory_size=512,
        timeout=cdk.Duration.minutes(1),
        role=role,
        log_group=log_group,
    )
    function.add_function_url(
        auth_type=lambda_.FunctionUrlAuthType.AWS_IAM,
        invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM,
    )
    caller = iam.Role(
        stack, f"{name}Caller", assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com")
    )
    function.grant_invoke(caller)
    api.root.add_resource(name.lower()).add_method(
        "GET",
        apigw.AwsIntegration(
            service="lambda",
            proxy=True,
            path=f"2021-11-15/functions/{function.function_arn}/response-streaming-invocations",
            options=apigw.IntegrationOptions(
                credentials_role=caller,
                response_transfer_mode=apigw.ResponseTransferMode.STREAM,
                timeout=cdk.Duration.minutes(1),
            ),
        ),
        authorization_type=apigw.AuthorizationType.IAM,
        request_validator=validator,
    )
app.synth()
