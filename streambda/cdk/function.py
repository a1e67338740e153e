"""A Lambda function that streams, made from a folder of Python and the name of a handler."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from streambda.cdk.bundle.assets import make_code
from streambda.cdk.bundle.handler import check_handler
from streambda.cdk.bundle.options import BundleOptions
from streambda.cdk.bundle.sizes import check_size
from streambda.cdk.quotas import LAMBDA_MEMORY_MB, LAMBDA_TIMEOUT
from streambda.cdk.rules.stage_check import check_at_synthesis
from streambda.cdk.runtime.execution_role import make_execution_role
from streambda.cdk.runtime.function_runtime import check_snap_start, choose_runtime
from streambda.cdk.runtime.managed_python import ManagedPython

_METRICS_VARIABLE = "STREAMBDA_METRICS"  # read by streambda_runtime.platform.metrics
_DEFAULT_ALIAS = "live"
# What aws-cdk-lib 2.275 refuses at synthesis: a timeout of over 15 minutes.
_CDK_TIMEOUT_RULE = "CloudFormation-Validate::E3717"
_CDK_MAXIMUM_TIMEOUT_S = 900
# https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html
_WITHOUT_TENANTS = "Lambda allows no Function URL, SnapStart or provisioned concurrency with it"


class StreamingFunction(Construct):
    """A Python function whose response is streamed while it is made.

    It has a role of its own that may write to its own log group and do nothing else; grant it more
    through `role`. `function` is the Lambda function itself, for all that has no option here;
    `timeout` and `log_group` are what it has. `target` is what callers invoke: its `alias` where it
    has one, else the function. URLs, REST APIs and grants that are made here are for `target`.
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
        runtime: ManagedPython | None = None,
        layer: lambda_.ILayerVersion | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        tracing: bool = False,
        reserved_concurrency: int | None = None,
        provisioned_concurrency: int | None = None,
        alias: str | None = None,
        snap_start: bool = False,
        tenant_isolation: bool = False,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        code_signing_config: lambda_.ICodeSigningConfig | None = None,
        exclude: Sequence[str] = (),
        include: Sequence[str] = (),
        extras: Sequence[str] = (),
        dependency_groups: Sequence[str] = (),
        allow_builds: Sequence[str] = (),
        console_scripts: bool = False,
    ) -> None:
        """Make the function.

        Args:
            entry: The folder whose content becomes /var/task, beside the runtime. A relative path
                starts at the working directory, which for the CDK is the folder of cdk.json.
                The packages of its requirements.txt, its pylock.toml, or its pyproject.toml with
                the uv.lock of the project, are installed beside it, for the function's Python and
                `architecture`.
            handler: "module.function" within `entry`; "package.module.function" as well.
            memory_size: In MiB, 128 to 32,768. Lambda gives CPU in proportion.
            timeout: How long one stream may take, 1 second to 30 minutes; by default 1 minute. A
                REST API streams for at most 15 minutes.
            metrics: A CloudWatch namespace: each invocation then logs one record in embedded metric
                format (time to first byte, bytes, how it ended). By default none.
            runtime: What it runs on: `ManagedPython("3.13")` is Lambda's own runtime python3.13. By
                default provided.al2023 with a Python layer.
            layer: Brings Python to /opt on provided.al2023; by default the stack's `PythonLayer`.
            layers: More layers; at most four beside the one with Python.
            tracing: Trace with AWS X-Ray. The role may then send traces as well.
            reserved_concurrency: The most execution environments that it can have at the same time;
                they are kept for it alone. By default it shares those of the account.
            provisioned_concurrency: How many environments of `alias` are started before the first
                call; by default none.
            alias: A name for the newest version; by default there is none, or "live" where
                `provisioned_concurrency` or `snap_start` need one.
            snap_start: Start from a snapshot, which Lambda takes of each new version when it is
                deployed.
            tenant_isolation: Each tenant, named by the caller, has environments of its own. Lambda
                allows no Function URL, SnapStart or provisioned concurrency with this.
            vpc: Run in this network. The role may then make network interfaces as well.
            vpc_subnets: By default the private ones.
            security_groups: By default a new one that lets everything out.
            code_signing_config: Which signatures the code must have.
            exclude: Patterns of files and folders in `entry` that are left out, beside those that
                tools leave there. One without "/", such as "tests" or "*.md", is for a name at any
                depth, one with "/" for the path from `entry` on.
            include: Patterns, as in `exclude`, of what comes along although it is usually left out
                or, as ".env", refused.
            extras: Which `[project.optional-dependencies]` are installed as well.
            dependency_groups: Which `[dependency-groups]` are installed as well; by default none,
                not even "dev".
            allow_builds: Names of packages that are built on this machine from their source. By
                default only wheels are installed, and projects whose code is on this machine.
            console_scripts: Keep the scripts of packages, in /var/task/bin.

        Raises:
            ValueError: there is no such `entry` or `handler`, the entry cannot be merged with the
                runtime or with its packages, a package cannot be installed, a file looks like a
                secret, code and layers have more than 250 MB, `timeout` or
                `memory_size` are not ones that Lambda allows, or options contradict each other:
                `layer`, `snap_start` or the variable AWS_LAMBDA_EXEC_WRAPPER and `runtime`, for
                example.
            streambda.layer.LayerUnavailable: no source of the default layer can be reached.
        """
        super().__init__(scope, id)
        folder = _find_folder(entry)
        check_handler(folder, handler)
        self.timeout = timeout or cdk.Duration.minutes(1)
        LAMBDA_TIMEOUT.check("timeout", self.timeout)
        _check_memory(memory_size)
        function_runtime = choose_runtime(self, runtime, layer, architecture, environment or {})
        if snap_start:
            check_snap_start(function_runtime.lambda_runtime)
        self._tenant_isolation = tenant_isolation
        if tenant_isolation and (snap_start or provisioned_concurrency is not None):
            raise ValueError(f"tenant_isolation is set for {id}: {_WITHOUT_TENANTS}")
        bundle_options = BundleOptions(
            exclude=exclude,
            include=include,
            extras=extras,
            groups=dependency_groups,
            allow_builds=allow_builds,
            console_scripts=console_scripts,
        )

        self.metrics = metrics
        self.log_group = logs.LogGroup(self, "Logs", retention=log_retention)
        self.role = make_execution_role(self, self.log_group, in_vpc=vpc is not None)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=function_runtime.lambda_runtime,
            architecture=architecture,
            code=make_code(
                self,
                folder,
                function_runtime.python,
                function_runtime.package_target,
                bundle_options,
            ),
            # Lambda passes this on as _HANDLER and no more.
            handler=handler,
            layers=[*function_runtime.layers, *layers] or None,
            memory_size=memory_size,
            timeout=self.timeout,
            environment={
                **(environment or {}),
                **function_runtime.environment,
                **({_METRICS_VARIABLE: metrics} if metrics else {}),
            }
            or None,
            tracing=lambda_.Tracing.ACTIVE if tracing else None,
            reserved_concurrent_executions=reserved_concurrency,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            tenancy_config=lambda_.TenancyConfig.PER_TENANT if tenant_isolation else None,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            code_signing_config=code_signing_config,
            description=description,
            role=self.role,
            log_group=self.log_group,
        )
        check_size(self.function, [*function_runtime.layers, *layers])
        _acknowledge_long_timeout(self.function, self.timeout)
        self.alias = _make_alias(
            self.function, alias, provisioned=provisioned_concurrency, snap_start=snap_start
        )
        self.target: lambda_.IFunction = self.alias or self.function
        self._url: lambda_.FunctionUrl | None = None
        check_at_synthesis(self)

    def add_function_url(
        self,
        *,
        auth_type: lambda_.FunctionUrlAuthType = lambda_.FunctionUrlAuthType.AWS_IAM,
        cors: lambda_.FunctionUrlCorsOptions | None = None,
    ) -> lambda_.FunctionUrl:
        """Give the function an HTTPS address that streams.

        With `AWS_IAM` callers sign their requests, and need what `grant_url` gives. With `NONE` the
        address is public: the CDK adds both permissions that this needs since October 2025,
        lambda:InvokeFunctionUrl and lambda:InvokeFunction by way of a URL.

        Args:
            cors: Which origins may call from a browser; by default only the address's own.

        Raises:
            ValueError: it has tenant isolation.
        """
        if self._tenant_isolation:
            raise ValueError(f"{self.node.path} has tenant_isolation: {_WITHOUT_TENANTS}")
        self._url = self.target.add_function_url(
            auth_type=auth_type, cors=cors, invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM
        )
        return self._url

    def grant_stream(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` call `target` and read its stream, and no other version of the function.

        Raises:
            ValueError: `grantee` has no policy of its own, as a service or another account.
        """
        grant = iam.Grant.add_to_principal(
            grantee=grantee,
            # AWS authorises the API InvokeWithResponseStream by lambda:InvokeFunction. The second
            # action is in AWS's guides and not in IAM's list: it only says what is meant.
            actions=["lambda:InvokeFunction", "lambda:InvokeWithResponseStream"],
            resource_arns=[self.target.function_arn],
        )
        if not grant.success:
            raise ValueError(
                f"cannot grant {self.node.path} to a principal without policies, "
                "expected a role, user or group; for others use function.add_permission"
            )
        return grant

    def grant_url(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` call the Function URL: both permissions that this needs.

        Raises:
            ValueError: the function has no URL yet.
        """
        if self._url is None:
            raise ValueError(f"{self.node.path} has no Function URL, expected add_function_url()")
        return self._url.grant_invoke_url(grantee)


def _find_folder(entry: str | Path) -> Path:
    folder = Path(entry).absolute()
    if not folder.is_dir():
        raise ValueError(f"entry is {str(entry)!r}, expected a folder, there is none at {folder}")
    return folder


def _acknowledge_long_timeout(function: lambda_.Function, timeout: cdk.Duration) -> None:
    """The CDK's own validation does not know yet that Lambda allows more; this construct does."""
    if timeout.is_unresolved():
        return
    if timeout.to_seconds(integral=False) > _CDK_MAXIMUM_TIMEOUT_S:
        reason = f"Lambda allows {LAMBDA_TIMEOUT.maximum} s since November 2026"
        acknowledgment = cdk.Acknowledgment(id=_CDK_TIMEOUT_RULE, reason=reason)
        cdk.Validations.of(function).acknowledge(acknowledgment)


def _check_memory(memory_size: int) -> None:
    # A value that is known only at deployment, such as a CloudFormation parameter, passes.
    if not cdk.Token.is_unresolved(memory_size) and memory_size not in LAMBDA_MEMORY_MB:
        least, most = LAMBDA_MEMORY_MB[0], LAMBDA_MEMORY_MB[-1]
        raise ValueError(f"memory_size is {memory_size} MiB, expected {least} MiB to {most} MiB")


def _make_alias(
    function: lambda_.Function,
    name: str | None,
    *,
    provisioned: int | None,
    snap_start: bool,
) -> lambda_.Alias | None:
    """The alias of the newest version; None where no option needs one."""
    if provisioned is not None and provisioned < 1:
        raise ValueError(f"provisioned_concurrency is {provisioned}, expected 1 or more")
    if provisioned is not None and snap_start:
        raise ValueError(
            "provisioned_concurrency and snap_start are set, expected one of them: "
            "Lambda does not restore provisioned environments from a snapshot"
        )
    # Lambda provisions environments for versions, and takes snapshots of versions: who invokes the
    # function itself would get neither.
    if name is None and provisioned is None and not snap_start:
        return None
    return function.add_alias(name or _DEFAULT_ALIAS, provisioned_concurrent_executions=provisioned)
