"""How a REST API calls a function so that API Gateway passes the response on while it is made."""

from typing import Any

import aws_cdk as cdk
import jsii
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
        self._role = _find_or_make_role(function)
        # Not LambdaIntegration: it also adds two resource permissions per method, which are not
        # needed beside the role and which fill up the function's resource policy (20 KB in all).
        super().__init__(
            service="lambda",
            proxy=True,
            path=_STREAMING_PATH.format(function_arn=function.target.function_arn),
            integration_http_method="POST",
            options=apigw.IntegrationOptions(
                credentials_role=self._role,
                response_transfer_mode=apigw.ResponseTransferMode.STREAM,
                timeout=timeout,
            ),
        )

    @jsii.member(jsii_name="bind")
    def bind(self, method: apigw.Method) -> apigw.IntegrationConfig:
        """Is called by the CDK for each method that has this integration."""
        self._role.trust(method)
        bound: apigw.IntegrationConfig = super().bind(method)
        return bound


class RestApiRole(iam.Role):
    """The role in which API Gateway calls one function, whatever the number of methods.

    Its trust is bound to the account, and to the APIs as far as they are in the function's stack:
    the role of a function in another stack than the API cannot name it, for either stack would have
    to be deployed before the other. docs/adr/0008 tells why each condition has IfExists.
    """

    def __init__(self, scope: StreamingFunction, id: str) -> None:
        self._apis: dict[str, apigw.IRestApi] = {}  # path -> API of this stack
        self._has_others = False
        account = cdk.Stack.of(scope).account
        super().__init__(
            scope,
            id,
            assumed_by=iam.ServicePrincipal(
                "apigateway.amazonaws.com",
                conditions={
                    "StringEqualsIfExists": {"aws:SourceAccount": account},
                    "ArnLikeIfExists": {"aws:SourceArn": cdk.Lazy.any(_SourceArns(self))},
                },
            ),
        )

    def trust(self, method: apigw.Method) -> None:
        """Let the API of `method` assume it."""
        api = method.api
        if cdk.Stack.of(api).node.path == cdk.Stack.of(self).node.path:
            self._apis[api.node.path] = api
        else:
            self._has_others = True

    def source_arns(self) -> list[str]:
        """Of requests, as in permissions of functions, and of the APIs themselves."""
        stack = cdk.Stack.of(self)
        own = [it.rest_api_id for it in self._apis.values()]
        names = own if own and not self._has_others else ["*"]
        before = f"arn:{stack.partition}"
        return [
            arn
            for name in names
            for arn in (
                f"{before}:execute-api:*:{stack.account}:{name}/*",
                f"{before}:apigateway:*::/restapis/{name}",
            )
        ]


@jsii.implements(cdk.IStableAnyProducer)
class _SourceArns:
    """What the role trusts, read when the template is written: all methods are made by then."""

    def __init__(self, role: RestApiRole) -> None:
        self._role = role

    def produce(self) -> Any:
        return self._role.source_arns()


def _find_or_make_role(function: StreamingFunction) -> RestApiRole:
    """The role in which API Gateway calls `function`."""
    id = "RestApiRole"
    existing = function.node.try_find_child(id)
    if isinstance(existing, RestApiRole):
        return existing
    role = RestApiRole(function, id)
    # API Gateway calls the API InvokeWithResponseStream, which AWS authorises by this action. Not
    # grant_invoke, which allows all versions as well.
    iam.Grant.add_to_principal(
        grantee=role,
        actions=["lambda:InvokeFunction"],
        resource_arns=[function.target.function_arn],
    )
    return role
