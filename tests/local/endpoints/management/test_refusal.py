"""What is not emulated is refused in the form of the service that was asked: boto3 reads it."""

from typing import Any

import httpx
import pytest

from streambda.local import LocalCloud
from tests.local.endpoints.management.conftest import Client

ELSEWHERE = (
    "this port answers for Lambda, API Gateway, CloudFormation, STS, CloudWatch Logs, "
    "Cloud Control and not for "
)


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code", "message"),
    [
        ("lambda", "get_layer_version", {"LayerName": "x", "VersionNumber": 1},
         ("UnknownOperationException", 404), "of Lambda, these are: GetAccountSettings, GetAlias"),
        ("apigateway", "create_rest_api", {"name": "x"},
         ("UnknownOperationException", 404), "POST /restapis is not emulated; of API Gateway"),
        ("cloudformation", "delete_stack", {"StackName": "shop"},
         ("InvalidAction", 400), "of CloudFormation, these are: DescribeStackResource"),
        ("sts", "get_session_token", {},
         ("InvalidAction", 400), "GetSessionToken is not emulated; of STS, these are: GetCaller"),
        ("logs", "create_log_group", {"logGroupName": "x"},
         ("UnknownOperationException", 400), "of CloudWatch Logs, these are: DescribeLogGroups"),
        ("dynamodb", "list_tables", {},
         ("UnknownOperationException", 400), f"ListTables is not emulated; {ELSEWHERE}dynamodb"),
        ("cloudwatch", "list_metrics", {},
         ("UnknownOperationException", 400), f"ListMetrics is not emulated; {ELSEWHERE}monitoring"),
        ("sns", "list_topics", {}, ("InvalidAction", 400), f"{ELSEWHERE}sns"),
        ("ec2", "describe_vpcs", {}, ("InvalidAction", 400), f"{ELSEWHERE}ec2"),
        ("s3", "list_buckets", {}, ("NotImplemented", 501), f"{ELSEWHERE}s3"),
        ("cloudfront", "list_distributions", {},
         ("NotImplemented", 501), f"{ELSEWHERE}cloudfront"),
        ("xray", "get_sampling_rules", {},
         ("UnknownOperationException", 404), f"{ELSEWHERE}xray"),
    ],
)  # fmt: skip
async def test_each_protocol_has_its_own_error(
    service: str,
    operation: str,
    arguments: dict[str, Any],
    code: tuple[str, int],
    message: str,
    cloud: LocalCloud,
) -> None:
    found = await Client(service, cloud.lambda_url).error(operation, **arguments)

    assert found[:2] == code
    assert message in found[2]


async def test_without_a_signature_the_path_tells_the_service(
    cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    of_lambda = await http.get(f"{cloud.lambda_url}/2020-04-22/code-signing-configs")
    of_api = await http.delete(f"{cloud.lambda_url}/restapis/x")
    of_nobody = await http.get(f"{cloud.lambda_url}/favicon.ico")

    assert "; of Lambda, these are: " in of_lambda.json()["Message"]
    assert "; of API Gateway, these are: " in of_api.json()["Message"]
    answers_for = ELSEWHERE.removesuffix(" and not for ")
    ports = "Function URLs and APIs have ports of their own, which the start prints"
    assert of_nobody.json()["Message"].endswith(f"; {answers_for}; {ports}")
    for answer in (of_lambda, of_api, of_nobody):
        assert answer.status_code == 404
        assert answer.headers["x-amzn-errortype"] == "UnknownOperationException"
        assert answer.headers["x-amzn-requestid"]


async def test_what_the_service_models_do_not_allow(
    cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    """A function without code signing, a layer by its ARN, and a body of no form."""
    functions = f"{cloud.lambda_url}/2020-06-30/functions"
    unsigned = await http.get(f"{functions}/plain/code-signing-config")
    layer = await http.get(f"{cloud.lambda_url}/2018-10-31/layers?find=LayerVersion&Arn=x")
    target = {"x-amz-target": "CloudApiService.GetResource"}
    wrong = [
        await http.post(cloud.lambda_url, headers=target, content=body) for body in ("[", "{}")
    ]

    assert unsigned.json() == {"FunctionName": "plain"}
    assert (layer.status_code, layer.json()["Type"]) == (404, "User")
    for answer in wrong:
        assert answer.status_code == 400
        assert answer.json()["__type"] == "InvalidParameterValueException"
