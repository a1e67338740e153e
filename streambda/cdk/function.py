"""A Lambda function that streams, made from a folder of Python and the name of a handler."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.interfaces.aws_logs import ILogGroupRef
from constructs import Construct

from streambda.bundle.handler import check_handler
from streambda.bundle.options import BundleOptions
from streambda.cdk.bundle.assets import make_code
from streambda.cdk.bundle.sizes import check_size
from streambda.cdk.cors import VARIABLE as CORS_VARIABLE
from streambda.cdk.cors import complete_cors, make_variable
from streambda.cdk.entry import find_entry
from streambda.cdk.function_interface import FunctionInterface
from streambda.cdk.function_options import FunctionOptions, check_options, check_own_options
from streambda.cdk.outputs import add_output
from streambda.cdk.quotas import LAMBDA_TIMEOUT, acknowledge_long_timeout, check_memory
from streambda.cdk.request_state import KEYS_VARIABLE, find_or_make_key, read_key
from streambda.cdk.rules.stage_check import check_at_synthesis
from streambda.cdk.runtime.execution_role import let_write_logs, make_execution_role
from streambda.cdk.runtime.function_layers import check_architectures, note_layers
from streambda.cdk.runtime.function_runtime import (
    AnyLayer,
    FunctionRuntime,
    check_snap_start,
    choose_runtime,
)
from streambda.cdk.runtime.managed_python import ManagedPython

_METRICS_VARIABLE = "STREAMBDA_METRICS"  # read by streambda_runtime.platform.metrics
_DEFAULT_ALIAS = "live"
# https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html
_WITHOUT_TENANTS = "Lambda allows no Function URL, SnapStart or provisioned concurrency with it"
# Of asynchronous invocations. They belong to what is invoked: the alias, where there is one.
_ASYNCHRONOUS = ("max_event_age", "on_failure", "on_success", "retry_attempts")


class StreamingFunction(FunctionInterface):
    """A Python function whose response is streamed while it is made.

    It takes all options of the CDK's `aws_lambda.Function`, and can be given wherever the CDK asks
    for an `IFunction`, an `IGrantable` or an `IConnectable`. Where a class of the CDK asks for the
    class `aws_lambda.Function`, give it `function`.

    Its own role may write to its log group and do nothing else; grant it more by the `grant_…`
    methods of other constructs, or by `add_to_role_policy`. `target` is what callers invoke: its
    `alias` where it has one, else the `function`. All members of `IFunction` that are about calls
    are for `target`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        handler: str,
        entry: str | Path | None = None,
        code: lambda_.Code | None = None,
        runtime: ManagedPython | lambda_.Runtime | None = None,
        layer: AnyLayer | None = None,
        alias: str | None = None,
        provisioned_concurrent_executions: int | None = None,
        metrics: str | None = None,
        cors: lambda_.FunctionUrlCorsOptions | dict[str, Any] | None = None,
        outputs: bool = False,
        exclude: Sequence[str] = (),
        include: Sequence[str] = (),
        extras: Sequence[str] = (),
        dependency_groups: Sequence[str] = (),
        allow_builds: Sequence[str] = (),
        console_scripts: bool = False,
        **options: Unpack[FunctionOptions],
    ) -> None:
        """Make the function.

        Args:
            handler: "module.function" within `entry`; "package.module.function" as well.
            entry: The folder whose content becomes /var/task, beside the runtime. A relative path
                starts at the working directory, which for the CDK is the folder of cdk.json.
                The packages of its requirements.txt, its pylock.toml, or its pyproject.toml with
                the uv.lock of the project, are installed beside it, for the function's Python and
                architecture.
            code: `aws_lambda.Code.from_asset("src")` in place of `entry`, as the CDK has it.
            runtime: What it runs on: `ManagedPython("3.13")` is Lambda's own runtime python3.13,
                as is the CDK's `Runtime.PYTHON_3_13`. By default provided.al2023 with a Python
                layer.
            layer: Brings Python to /opt on provided.al2023: a `PythonLayer`, or one that exists
                already, `PythonLayer.from_arn(…)`. By default the stack's `PythonLayer`.
            alias: A name for the newest version; by default there is none, or "live" where
                `provisioned_concurrent_executions` or `snap_start` need one.
            provisioned_concurrent_executions: How many environments of `alias` are started before
                the first call; by default none.
            metrics: A CloudWatch namespace: each invocation then logs one record in embedded metric
                format (time to first byte, bytes, how it ended). By default none.
            cors: Which pages of other origins may call it in a browser, the same behind its URL
                and behind a `StreamingRestApi`. The handler then adds no such headers. Without
                `allowed_methods` and `allowed_headers`: all methods, and the usual headers.
            outputs: Make the address of the function's URL an output of the stack.
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
            options: All of `aws_lambda.FunctionOptions`, as the CDK has them, with these
                differences. `architecture` is arm64 by default. `memory_size` is 512 MiB by
                default, 128 to 32,768. `timeout` is how long one stream may take, 1 second to 30
                minutes, by default 1 minute; a REST API streams for at most 15 minutes. The
                function has a log group of its own, kept as `log_retention` (one month by default)
                and `log_removal_policy` say, unless `log_group` is given. The function may write to
                its log group in a `role` of yours as well; for the rest such a role is left as it
                is, but for what the CDK adds.

        Raises:
            TypeError: there is no such option, or its value has a wrong type.
            ValueError: there is no such `entry` or `handler`, the entry cannot be merged with the
                runtime or with its packages, a package cannot be installed, a file looks like a
                secret, code and layers have more than 250 MB, `timeout` or `memory_size` are not
                ones that Lambda allows, an option cannot be given (`REFUSED` of
                `function_options`), a layer is for another architecture, or options contradict each
                other: `layer`, `snap_start` or the variable AWS_LAMBDA_EXEC_WRAPPER and `runtime`,
                for example.
            streambda.layer.LayerUnavailable: no source that can be reached has the default
                layer's Python.
        """
        super().__init__(scope, id)
        given = check_options(options)
        check_own_options(
            handler=handler,
            alias=alias,
            metrics=metrics,
            cors=cors,
            layer=layer,
            outputs=outputs,
            provisioned_concurrent_executions=provisioned_concurrent_executions,
        )
        folder = find_entry(entry, code)
        # A token is known only at deployment.
        if not cdk.Token.is_unresolved(handler):
            check_handler(folder, handler)
        self.timeout: cdk.Duration = given.pop("timeout", None) or cdk.Duration.minutes(1)
        LAMBDA_TIMEOUT.check("timeout", self.timeout)
        memory_size = given.pop("memory_size", 512)
        check_memory(memory_size)
        architecture = given.pop("architecture", lambda_.Architecture.ARM_64)
        environment = given.pop("environment", {})
        managed = ManagedPython.of(runtime)
        function_runtime = choose_runtime(self, managed, layer, architecture, environment)
        _check_combination(given, function_runtime, provisioned_concurrent_executions)
        bundle_options = BundleOptions(
            exclude=exclude,
            include=include,
            extras=extras,
            groups=dependency_groups,
            allow_builds=allow_builds,
            console_scripts=console_scripts,
        )
        layers = [*function_runtime.layers, *given.pop("layers", ())]
        check_architectures(layers, architecture)

        self.metrics = metrics
        self.cors = complete_cors(cors) if cors is not None else None
        self.log_group = self._use_log_group(given)
        role = given.pop("role", None) or make_execution_role(self, in_vpc="vpc" in given)
        let_write_logs(role, self.log_group)
        invoked = {name: given.pop(name) for name in _ASYNCHRONOUS if name in given}
        events = given.pop("events", ())
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=function_runtime.lambda_runtime,
            architecture=architecture,
            code=make_code(
                self,
                folder,
                handler,
                function_runtime.python,
                function_runtime.package_target,
                bundle_options,
            ),
            # Lambda passes this on as _HANDLER and no more.
            handler=handler,
            layers=layers or None,
            memory_size=memory_size,
            timeout=self.timeout,
            environment={
                **environment,
                **function_runtime.environment,
                **({_METRICS_VARIABLE: metrics} if metrics else {}),
                **({CORS_VARIABLE: make_variable(self, self.cors)} if self.cors else {}),
            }
            or None,
            role=role,
            log_group=self.log_group,
            **given,
        )
        check_size(self.function, layers)
        note_layers(self.function, layers)
        acknowledge_long_timeout(self.function, self.timeout)
        self.alias = _make_alias(
            self.function,
            alias,
            provisioned=provisioned_concurrent_executions,
            snap_start="snap_start" in given,
        )
        self.target = self.alias or self.function
        if invoked:
            self.target.configure_async_invoke(**invoked)
        for source in events:
            self.target.add_event_source(source)
        self._outputs = outputs
        self._reserved = frozenset(function_runtime.environment)
        check_at_synthesis(self)

    def add_function_url(
        self,
        *,
        auth_type: lambda_.FunctionUrlAuthType | None = None,
        cors: lambda_.FunctionUrlCorsOptions | dict[str, Any] | None = None,
        invoke_mode: lambda_.InvokeMode | None = None,
    ) -> lambda_.FunctionUrl:
        """Give the function an HTTPS address that streams.

        With `AWS_IAM`, the default, callers sign their requests, and need what `grant_invoke_url`
        gives. With `NONE` the address is public: the CDK adds both permissions that this needs
        since October 2025, lambda:InvokeFunctionUrl and lambda:InvokeFunction by way of a URL.

        Args:
            cors: Which origins may call from a browser; by default as the function's `cors` says,
                and without it only the address's own.
            invoke_mode: RESPONSE_STREAM, also by default.

        Raises:
            ValueError: it has tenant isolation, `invoke_mode` is BUFFERED, or the function has a
                `cors`, which is for all endpoints, and another is given.
        """
        if self.function.tenancy_config is not None:
            raise ValueError(f"{self.node.path} has a tenancy_config: {_WITHOUT_TENANTS}")
        if invoke_mode is lambda_.InvokeMode.BUFFERED:
            raise ValueError(
                f"invoke_mode of the URL of {self.node.path} is BUFFERED, expected "
                "RESPONSE_STREAM: Lambda would hold the stream back"
            )
        if cors is not None and self.cors is not None:
            raise ValueError(
                f"cors of {self.node.path} and of its URL are set, expected one of them: that of "
                "the function is for all of its endpoints"
            )
        url = self.target.add_function_url(
            auth_type=auth_type,
            cors=cors or self.cors,
            invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM,
        )
        if self._outputs:
            add_output(self, "Url", url.url)
        return url

    def add_layers(self, *layers: lambda_.ILayerVersion) -> None:
        """Add layers after those that it has.

        Raises:
            ValueError: one is for another architecture.
        """
        check_architectures(layers, self.function.architecture)
        self.function.add_layers(*layers)
        note_layers(self.function, layers)

    def add_environment(
        self, key: str, value: str, *, remove_in_edge: bool | None = None
    ) -> lambda_.Function:
        """Set a variable of the function's environment.

        Raises:
            ValueError: `key` is a variable by which the function starts (AWS_LAMBDA_EXEC_WRAPPER).
        """
        if key in self._reserved:
            raise ValueError(
                f"{key} of {self.node.path} cannot be set: streambda needs it to stream"
            )
        return self.function.add_environment(key, value, remove_in_edge=remove_in_edge)

    def add_request_state_key(
        self, secret: secretsmanager.ISecret | None = None
    ) -> secretsmanager.ISecret:
        """Give all environments one key for the `requestState` of an MCP server; gives its secret.

        Secrets Manager makes the secret at deployment, and CloudFormation puts its text into the
        variable STREAMBDA_REQUEST_STATE_KEYS. The template has a reference only. Who may read the
        function's configuration can read the key.

        Args:
            secret: One of yours. Its text is one key of 32 bytes or more, or several with spaces
                between them: the first seals, all open.

        Raises:
            TypeError: `secret` is none.
        """
        secret = find_or_make_key(self) if secret is None else secret
        self.add_environment(KEYS_VARIABLE, read_key(secret))
        return secret

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` call `target` and read its stream.

        As the CDK does it: roles, users and groups of this account by their policies, others
        (services, accounts, organisations, roles of other accounts) by the function's own policy.
        AWS authorises InvokeWithResponseStream by the same action as Invoke.

        Raises:
            ValueError: it is several principals, of which the CDK would let in only the first.
        """
        _check_one_principal(grantee, "grant_invoke_composite_principal()")
        return self.target.grant_invoke(grantee)

    def grant_invoke_url(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` call the function by its URL, with both permissions that this needs.

        Who is let in in which way, and what is raised, is as with `grant_invoke`.
        """
        _check_one_principal(grantee, "one call for each")
        return self.target.grant_invoke_url(grantee)

    def _use_log_group(self, given: dict[str, Any]) -> ILogGroupRef:
        """Take the log group's options out of `given`, and make one where none is given."""
        retention = given.pop("log_retention", None)
        removal_policy = given.pop("log_removal_policy", None)
        log_group: ILogGroupRef | None = given.pop("log_group", None)
        if log_group is None:
            return logs.LogGroup(
                self,
                "Logs",
                retention=retention or logs.RetentionDays.ONE_MONTH,
                removal_policy=removal_policy,
            )
        for name, value in (("log_retention", retention), ("log_removal_policy", removal_policy)):
            if value is not None:
                raise ValueError(f"log_group and {name} are set, expected one of them")
        return log_group


def _check_one_principal(grantee: iam.IGrantable, expected: str) -> None:
    if isinstance(grantee.grant_principal, iam.CompositePrincipal):
        raise ValueError(f"grantee is several principals, expected {expected}")


def _check_combination(
    given: Mapping[str, Any], function_runtime: FunctionRuntime, provisioned: int | None
) -> None:
    snap_start = "snap_start" in given
    if snap_start:
        check_snap_start(function_runtime.lambda_runtime)
    if "tenancy_config" in given and (snap_start or provisioned is not None):
        raise ValueError(f"tenancy_config is set: {_WITHOUT_TENANTS}")
    if provisioned is not None and not cdk.Token.is_unresolved(provisioned) and provisioned < 1:
        raise ValueError(f"provisioned_concurrent_executions is {provisioned}, expected 1 or more")
    if provisioned is not None and snap_start:
        raise ValueError(
            "provisioned_concurrent_executions and snap_start are set, expected one of them: "
            "Lambda does not restore provisioned environments from a snapshot"
        )


def _make_alias(
    function: lambda_.Function,
    name: str | None,
    *,
    provisioned: int | None,
    snap_start: bool,
) -> lambda_.Alias | None:
    """The alias of the newest version; None where no option needs one."""
    # Lambda provisions environments for versions, and takes snapshots of versions: who invokes the
    # function itself would get neither.
    if name is None and provisioned is None and not snap_start:
        return None
    return function.add_alias(name or _DEFAULT_ALIAS, provisioned_concurrent_executions=provisioned)
