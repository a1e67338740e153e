"""How a REST API calls a function so that API Gateway passes the response on while it is made."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_iam as iam

from streambda.cdk.function import StreamingFunction
from streambda.cdk.rules.rest_apis import MAX_TIMEOUT_MS

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
MIN_TIMEOUT_MS = 50

# The version of Lambda's API that knows InvokeWithResponseStream; the usual URI says 2015-03-31
# and .../invocations, which API Gateway refuses together with STREAM.
_STREAMING_PATH = "2021-11-15/functions/{function_arn}/response-streaming-invocations"


class StreamingIntegration(apigw.AwsIntegration):
    """The integration of a function with a method of any REST API, for one that is there already.

    api.root.add_method("GET", StreamingIntegration(function))
    """

    def __init__(self, function: StreamingFunction, *, timeout: cdk.Duration | None = None) -> None:
        """Let a method answer with the stream of `function`.

        Args:
            timeout: How long the whole stream may take, 50 milliseconds to 15 minutes; by default
                as long as the function may, and no shorter: API Gateway would cut the stream.

        Raises:
            ValueError: `timeout` is not one that API Gateway allows.
        """
        timeout = timeout or function.timeout
        _check_timeout(timeout)
        # Not LambdaIntegration: it also adds two resource permissions per method, which the role
        # makes redundant and which fill up the function's resource policy (20 KB in all).
        super().__init__(
            service="lambda",
            proxy=True,
            path=_STREAMING_PATH.format(function_arn=function.target.function_arn),
            integration_http_method="POST",
            options=apigw.IntegrationOptions(
                credentials_role=_credentials_role(function),
                response_transfer_mode=apigw.ResponseTransferMode.STREAM,
                timeout=timeout,
            ),
        )


def _credentials_role(function: StreamingFunction) -> iam.IRole:
    """The role in which API Gateway calls `function`: one, whatever the number of methods."""
    id = "RestApiRole"
    made = function.node.try_find_child(id)
    if isinstance(made, iam.Role):
        return made
    role = iam.Role(function, id, assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"))
    function.grant_stream(role)
    return role


def _check_timeout(timeout: cdk.Duration) -> None:
    if timeout.is_unresolved():
        return
    milliseconds = timeout.to_milliseconds()
    if not MIN_TIMEOUT_MS <= milliseconds <= MAX_TIMEOUT_MS:
        raise ValueError(
            f"timeout is {milliseconds} ms, expected {MIN_TIMEOUT_MS} ms to {MAX_TIMEOUT_MS} ms"
        )
