"""An API Gateway REST API that passes a function's response on while it is made.

Only REST APIs stream; HTTP and WebSocket APIs do not. The API is regional: an edge-optimised one
would cut a stream that is silent for 30 seconds, a regional one waits for 5 minutes.
"""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from .access_log import access_log_format
from .function import StreamingFunction

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
MIN_TIMEOUT_MS = 50
MAX_TIMEOUT_MS = 900_000

# The version of Lambda's API that knows InvokeWithResponseStream; the usual URI says 2015-03-31
# and .../invocations, which API Gateway refuses together with STREAM.
_STREAMING_PATH = "2021-11-15/functions/{function_arn}/response-streaming-invocations"


class StreamingRestApi(Construct):
    """A regional REST API, with an access log in JSON, whose methods stream.

    The access log needs the role by which API Gateway writes to CloudWatch. That role is a setting
    of the account, one per region; where it was never made, deploying fails with "CloudWatch Logs
    role ARN must be set in account settings": there, say `cloud_watch_role=True` in one stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        stage_name: str = "prod",
        authorization_type: apigw.AuthorizationType = apigw.AuthorizationType.IAM,
        authorizer: apigw.IAuthorizer | None = None,
        cloud_watch_role: bool = False,
        description: str | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        """Make the API; `add_stream` adds what it serves.

        Args:
            stage_name: The first part of every path. It cannot be empty.
            authorization_type: Who may call; by default who signs requests with IAM credentials.
            authorizer: Needed by the types COGNITO and CUSTOM.
            cloud_watch_role: Make the account's role for logs, and keep it when the stack goes;
                other APIs may have come to use it. By default the role is left as it is.
        """
        super().__init__(scope, id)
        self._authorization_type = authorization_type
        self._authorizer = authorizer
        self.access_log = logs.LogGroup(self, "AccessLog", retention=log_retention)
        self.api = apigw.RestApi(
            self,
            "Api",
            rest_api_name=cdk.Names.unique_resource_name(self, max_length=128),
            description=description,
            endpoint_types=[apigw.EndpointType.REGIONAL],
            cloud_watch_role=cloud_watch_role,
            deploy_options=apigw.StageOptions(
                stage_name=stage_name,
                access_log_destination=apigw.LogGroupLogDestination(self.access_log),
                access_log_format=access_log_format(),
            ),
        )
        # The CDK's own output repeats the URL under a name that nobody chose.
        self.api.node.try_remove_child("Endpoint")
        self._validator = self.api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )

    def add_stream(
        self,
        method: str,
        path: str,
        function: StreamingFunction,
        *,
        timeout: cdk.Duration | None = None,
    ) -> apigw.Method:
        """Answer `method` on `path` with the stream of `function`.

        Args:
            method: "GET", "POST", …; "ANY" for all.
            path: From the stage on, such as "/words" or "/jobs/{id}".
            timeout: How long the whole stream may take, 50 milliseconds to 15 minutes; by default
                as long as the function may.

        Raises:
            ValueError: `path` does not start with "/", or `timeout` is out of range.
        """
        if not path.startswith("/"):
            raise ValueError(f"path is {path!r}, expected one that starts with '/'")
        timeout = timeout or function.timeout
        _check_timeout(timeout)
        return self.api.root.resource_for_path(path).add_method(
            method,
            _integration(function, timeout),
            authorization_type=self._authorization_type,
            authorizer=self._authorizer,
            request_validator=self._validator,
        )


def _integration(function: StreamingFunction, timeout: cdk.Duration) -> apigw.Integration:
    # Not LambdaIntegration: it also adds two resource permissions per method, which the role makes
    # redundant and which fill up the function's resource policy (20 KB in all).
    return apigw.AwsIntegration(
        service="lambda",
        proxy=True,
        path=_STREAMING_PATH.format(function_arn=function.function.function_arn),
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
