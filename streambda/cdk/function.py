"""A Lambda function that streams, made from a folder of Python and the name of a handler."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from .assets import function_code
from .dependencies import dependencies_of
from .handler import check_handler
from .layer import PythonLayer

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_TIMEOUT_S = 900
METRICS = "STREAMBDA_METRICS"  # what the runtime looks for


class StreamingFunction(Construct):
    """A Python function on provided.al2023 whose response is streamed while it is made.

    It has a role of its own that may write to its own log group and do nothing else; grant it more
    through `role`. `function` is the Lambda function itself, for all that is not offered here;
    `timeout` and `log_group` are what it has.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        entry: str | Path,
        handler: str,
        architecture: lambda_.Architecture = lambda_.Architecture.ARM_64,
        memory_size: int = 512,
        timeout: cdk.Duration | None = None,
        environment: Mapping[str, str] | None = None,
        metrics: str | None = None,
        description: str | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        layer: lambda_.ILayerVersion | None = None,
    ) -> None:
        """Make the function.

        Args:
            entry: The folder whose content becomes /var/task, beside the runtime. A relative path
                starts at the working directory, which for the CDK is the folder of cdk.json.
                The packages of its requirements.txt, or of `[project] dependencies` in its
                pyproject.toml, are installed beside it, for the layer's Python and `architecture`.
            handler: "module.function" within `entry`; "package.module.function" as well.
            memory_size: In MiB. Lambda gives CPU in proportion.
            timeout: How long one stream may take, 1 second to 15 minutes; by default 1 minute.
            metrics: A CloudWatch namespace: each invocation then logs one record in embedded metric
                format (time to first byte, bytes, how it ended). By default none.
            layer: What brings Python to /opt; by default the stack's `PythonLayer`.

        Raises:
            ValueError: there is no such `entry` or `handler`, the entry cannot be merged with the
                runtime or with its packages, a package cannot be installed, or `timeout` is not one
                that Lambda allows.
            streambda.layer.LayerUnavailable: no source of the default layer can be reached.
        """
        super().__init__(scope, id)
        folder = _folder(entry)
        check_handler(folder, handler)
        self.timeout = timeout or cdk.Duration.minutes(1)
        _check_timeout(self.timeout)
        layer = layer or PythonLayer.of(self, architecture)
        dependencies = dependencies_of(folder, layer, architecture)

        self.log_group = logs.LogGroup(self, "Logs", retention=log_retention)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        # logs:CreateLogStream and logs:PutLogEvents. AWSLambdaBasicExecutionRole would allow the
        # logs of every function, and to make log groups that nobody's retention applies to.
        self.log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PROVIDED_AL2023,
            architecture=architecture,
            code=function_code(folder, getattr(layer, "python", None), dependencies),
            # For a custom runtime Lambda passes this on as _HANDLER and no more.
            handler=handler,
            layers=[layer] if layer else None,
            memory_size=memory_size,
            timeout=self.timeout,
            environment={**(environment or {}), **({METRICS: metrics} if metrics else {})} or None,
            description=description,
            role=self.role,
            log_group=self.log_group,
        )

    def add_function_url(
        self,
        *,
        auth_type: lambda_.FunctionUrlAuthType = lambda_.FunctionUrlAuthType.AWS_IAM,
        cors: lambda_.FunctionUrlCorsOptions | None = None,
    ) -> lambda_.FunctionUrl:
        """Give the function an HTTPS address that streams.

        With `AWS_IAM` callers sign their requests; `grant_invoke_url` of the result lets them in.
        With `NONE` the address is public: the CDK adds both permissions that this needs since
        October 2025, lambda:InvokeFunctionUrl and lambda:InvokeFunction by way of a URL.
        """
        return self.function.add_function_url(
            auth_type=auth_type, cors=cors, invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM
        )

    def grant_stream(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` call the function and read its stream: this function, no version of it.

        Raises:
            ValueError: `grantee` has no policy of its own, as a service or another account.
        """
        grant = iam.Grant.add_to_principal(
            grantee=grantee,
            # AWS authorises the API InvokeWithResponseStream by lambda:InvokeFunction. The second
            # action is in AWS's guides and not in IAM's list: it names what is meant, no more.
            actions=["lambda:InvokeFunction", "lambda:InvokeWithResponseStream"],
            resource_arns=[self.function.function_arn],
        )
        if not grant.success:
            raise ValueError(
                f"cannot grant {self.node.path} to a principal without policies, "
                "expected a role, user or group; for others use function.add_permission"
            )
        return grant


def _folder(entry: str | Path) -> Path:
    folder = Path(entry).absolute()
    if not folder.is_dir():
        raise ValueError(f"entry is {str(entry)!r}, expected a folder, there is none at {folder}")
    return folder


def _check_timeout(timeout: cdk.Duration) -> None:
    if timeout.is_unresolved():
        return
    seconds = timeout.to_seconds(integral=False)
    if not 1 <= seconds <= MAX_TIMEOUT_S:
        raise ValueError(f"timeout is {seconds:g} s, expected 1 s to {MAX_TIMEOUT_S} s")
