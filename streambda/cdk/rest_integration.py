"""How a REST API calls a function so that API Gateway passes the response on while it is made."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_iam as iam

from streambda.cdk.function import StreamingFunction
from streambda.cdk.quotas import REST_API_STREAM_TIMEOUT

# The version of Lambda's API that knows InvokeWithResponseStream; the usual URI says 2015-03-31
# and .../invocations, which API Gateway refuses together with STREAM.
_STREAMING_PATH = "2021-11-15/functions/{function_arn}/response-streaming-invocations"


class StreamingIntegration(apigw.AwsIntegration):
    """The integration of a function with a method of any REST API, also one that you have already.

    api.root.add_method("GET", StreamingIntegration(function))
    """

    def __init__(self, function: StreamingFunction, *, timeout: cdk.Duration | None = None) -> None:
        """Let a method answer with the stream of `function`.

        Args:
            timeout: How long the whole stream may take, 50 milliseconds to 15 minutes; by default
                the function's. A shorter one is an error at synthesis: it would cut the stream.

        Raises:
            ValueError: `timeout`, or the function's, is not one that API Gateway allows.
        """
        named = f"the timeout of {function.node.path}" if timeout is None else "timeout"
        timeout = timeout or function.timeout
        REST_API_STREAM_TIMEOUT.check(named, timeout)
        # Not LambdaIntegration: it also adds two resource permissions per method, which are not
        # needed beside the role and which fill up the function's resource policy (20 KB in all).
        super().__init__(
            service="lambda",
            proxy=True,
            path=_STREAMING_PATH.format(function_arn=function.target.function_arn),
            integration_http_method="POST",
            options=apigw.IntegrationOptions(
                credentials_role=_find_or_make_role(function),
                response_transfer_mode=apigw.ResponseTransferMode.STREAM,
                timeout=timeout,
            ),
        )


def _find_or_make_role(function: StreamingFunction) -> iam.IRole:
    """The role in which API Gateway calls `function`: one, whatever the number of methods."""
    id = "RestApiRole"
    existing = function.node.try_find_child(id)
    if isinstance(existing, iam.Role):
        return existing
    # Its trust has no condition on aws:SourceAccount or aws:SourceArn. API Gateway does not send
    # them when it assumes the role of an integration: every request would end in a 500. See #479
    # of aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws.
    role = iam.Role(function, id, assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"))
    # API Gateway calls the API InvokeWithResponseStream, which AWS authorises by this action. Not
    # grant_invoke, which allows all versions as well.
    iam.Grant.add_to_principal(
        grantee=role,
        actions=["lambda:InvokeFunction"],
        resource_arns=[function.target.function_arn],
    )
    return role
