"""The command line: `streambda local`, `streambda replay`, `streambda layer`, `streambda package`.

Exit codes of `local`: 0 success, 2 wrong usage or bad input such as a missing assembly, 3 a port is
in use. `replay`: 0 success, 1 an answer is not the recorded one, 2 bad input. `layer` and `package`
have their own, in `streambda.layer.__main__` and `streambda.package.command`, where their commands
and options are too. An error is one line on stderr. Slow imports are made only when needed.
"""

import gc
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from streambda import __version__
from streambda.command_errors import BAD_INPUT, fail, fail_for_import
from streambda.usage_errors import explain_os_error, explain_usage

if TYPE_CHECKING:
    import typer

PORT_IN_USE = 3

LAST_PORT = 65535

EXAMPLE = "Example: streambda local template.yaml --port 8000"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceArguments:
    """Which app `streambda local` serves: the arguments as they were typed."""

    assembly: str | None
    app: str | None
    context: tuple[str, ...]
    watch: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointArguments:
    """The options of `streambda local` for its endpoints, as they were typed."""

    auth: str
    keys: tuple[str, ...]
    jwks: str | None
    no_limits: bool
    limits: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueArguments:
    """The options of `streambda local` for functions, as they were typed."""

    env_files: tuple[str, ...]
    parameters: tuple[str, ...]
    from_stacks: tuple[str, ...]
    credentials: str
    profile: str | None
    debug: tuple[str, ...]
    layers: tuple[str, ...]
    stack_name: str | None
    sam_config: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordArguments:
    """The options of `streambda local` for files of records, as they were typed."""

    record: str | None
    secrets: bool
    recorded: str | None


def main() -> None:
    # A start is nearly all imports. A collection of garbage finds none in what they make, and all
    # of them took a tenth of the time. Each command switches it on again.
    gc.disable()
    try:
        run()
    finally:
        gc.enable()


def run() -> None:
    try:
        app = make_app()
        from typer.exceptions import TyperException
    except ImportError as error:
        # It needs less than all others.
        fail_for_import(error, "package" if sys.argv[1:2] == ["package"] else "local")
    try:
        # Not standalone: an error is one line here, not a box of five.
        status = app(prog_name="streambda", standalone_mode=False)
    except TyperException as error:
        fail(explain_usage(error), BAD_INPUT)
    except OSError as error:
        # An unexpected one, such as a folder without read permission.
        fail(explain_os_error(error), BAD_INPUT)
    raise SystemExit(status)


def make_app() -> "typer.Typer":
    import typer

    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        help="Response streaming for Python on AWS Lambda.",
        epilog=EXAMPLE,
    )

    def print_version(asked: bool) -> None:
        if asked:
            typer.echo(f"streambda {__version__}")
            raise typer.Exit

    @app.callback()
    def root(
        _: Annotated[
            bool,
            typer.Option(
                "--version", callback=print_version, is_eager=True, help="Print the version."
            ),
        ] = False,
    ) -> None:
        """Response streaming for Python on AWS Lambda."""

    @app.command("local", epilog=EXAMPLE)
    def local(
        assembly: Annotated[
            str | None,
            typer.Argument(
                metavar="ASSEMBLY|TEMPLATE",
                help="The folder that `cdk synth` wrote, or a SAM or CloudFormation template. "
                "Default: cdk.out, else the app in cdk.json, else template.yaml.",
            ),
        ] = None,
        app: Annotated[
            str | None,
            typer.Option(help="A CDK app to synthesise and serve, such as 'python app.py'."),
        ] = None,
        context: Annotated[
            list[str] | None,
            typer.Option("--context", "-c", help="KEY=VALUE for the app; repeatable."),
        ] = None,
        watch: Annotated[
            bool | None,
            typer.Option(
                "--watch/--no-watch",
                help="Reload the app or the template when its sources change.  [default: watch]",
            ),
        ] = None,
        port: Annotated[
            int,
            typer.Option(
                help="The port of Lambda's API; the other endpoints have the ports after it. "
                "With 0 every endpoint has a free port.",
            ),
        ] = 8000,
        host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
        concurrency: Annotated[
            int,
            typer.Option(
                min=1,
                help="The maximum number of concurrent invocations of each function. A function "
                "with reserved concurrency has its own maximum.",
            ),
        ] = 10,
        idle: Annotated[float, typer.Option(help="Seconds until an idle process ends.")] = 300,
        auth: Annotated[
            str,
            typer.Option(
                help="What happens to a request that AWS would refuse. warn: it is accepted, and "
                "a warning is logged once. enforce: it is refused."
            ),
        ] = "warn",
        key: Annotated[
            list[str] | None,
            typer.Option(help="ID:SECRET[:TOKEN]: a valid access key for requests; repeatable."),
        ] = None,
        jwks: Annotated[
            str | None, typer.Option(help="A file with the public keys of Cognito user pools.")
        ] = None,
        no_limits: Annotated[
            bool, typer.Option("--no-limits", help="Switch off all AWS limits.")
        ] = False,
        limit: Annotated[
            list[str] | None,
            typer.Option(help="NAME=NUMBER or NAME=off: changes one limit; repeatable."),
        ] = None,
        fault: Annotated[
            list[str] | None,
            typer.Option(
                help="NAME, NAME=VALUE or ENDPOINT:NAME=VALUE: injects a fault; repeatable."
            ),
        ] = None,
        env_file: Annotated[
            list[str] | None,
            typer.Option(
                help="FILE or FUNCTION=FILE: a dotenv file with variables for all functions or for "
                "one; repeatable."
            ),
        ] = None,
        parameter: Annotated[
            list[str] | None,
            typer.Option(help="[STACK:]NAME=VALUE: a template's parameter; repeatable."),
        ] = None,
        from_stack: Annotated[
            list[str] | None,
            typer.Option(
                help="A deployed stack: functions get its outputs and physical names; repeatable."
            ),
        ] = None,
        credentials: Annotated[
            str,
            typer.Option(
                help="The AWS credentials that functions get. developer: yours, from the "
                "environment or a profile. none: dummy ones."
            ),
        ] = "developer",
        profile: Annotated[
            str | None, typer.Option(help="The profile of your AWS configuration to use.")
        ] = None,
        debug: Annotated[
            list[str] | None,
            typer.Option(help="FUNCTION[=PORT]: starts it and waits for a debugger; repeatable."),
        ] = None,
        layer: Annotated[
            list[str] | None,
            typer.Option(
                help="ARN=FOLDER or ARN=ZIP: the files of a layer that is on AWS; repeatable."
            ),
        ] = None,
        record: Annotated[
            str | None,
            typer.Option(help="A file to write every invocation to, as one line of JSON."),
        ] = None,
        record_secrets: Annotated[
            bool,
            typer.Option("--record-secrets", help="Record keys, tokens and cookies as they are."),
        ] = False,
        recorded: Annotated[
            str | None,
            typer.Option(help="A recorded file to show in the console."),
        ] = None,
        stack_name: Annotated[
            str | None,
            typer.Option(help="The name of a template's stack; function names begin with it."),
        ] = None,
        sam_config: Annotated[
            str | None,
            typer.Option(
                help="FILE[:ENVIRONMENT]: a samconfig.toml with the parameters, stack name and "
                "region of a template."
            ),
        ] = None,
    ) -> None:
        """Runs a CDK app or a template on this machine, with streamed responses, until Ctrl-C.

        Exit codes: 0 after Ctrl-C, 2 bad input such as a missing assembly, 3 port in use.
        """
        endpoints = EndpointArguments(
            auth=auth,
            keys=tuple(key or ()),
            jwks=jwks,
            no_limits=no_limits,
            limits=tuple(limit or ()),
            faults=tuple(fault or ()),
        )
        source = SourceArguments(
            assembly=assembly, app=app, context=tuple(context or ()), watch=watch
        )
        environments = {"concurrency": concurrency, "idle_s": idle, "memory_limit": not no_limits}
        values = ValueArguments(
            env_files=tuple(env_file or ()),
            parameters=tuple(parameter or ()),
            from_stacks=tuple(from_stack or ()),
            credentials=credentials,
            profile=profile,
            debug=tuple(debug or ()),
            layers=tuple(layer or ()),
            stack_name=stack_name,
            sam_config=sam_config,
        )
        records = RecordArguments(record=record, secrets=record_secrets, recorded=recorded)
        serve_local(source, host, port, endpoints, environments, values, records)

    from streambda.layer_command import add_layer_command
    from streambda.package.command import add_package_command
    from streambda.replay_command import add_replay_command

    add_layer_command(app)
    add_replay_command(app)
    add_package_command(app)
    return app


def serve_local(
    given: SourceArguments,
    host: str,
    port: int,
    endpoints: EndpointArguments,
    environments: dict[str, Any],
    values: ValueArguments,
    records: RecordArguments,
) -> None:
    if records.secrets and not records.record:
        fail("--record-secrets is given, expected --record FILE with it", BAD_INPUT)
    if not 0 <= port <= LAST_PORT:
        fail(f"--port is {port}, expected 0 to {LAST_PORT}", BAD_INPUT)
    for option, file in (("--record", records.record), ("--recorded", records.recorded)):
        if file == "":
            fail(f"{option} is '', expected the name of a file", BAD_INPUT)
    try:
        import asyncio

        from rich.console import Console

        from streambda.local.assembly_reader import parse_parameters
        from streambda.local.endpoints.options import EndpointOptions
        from streambda.local.model.errors import LocalCloudError, PortInUse
        from streambda.local.records.options import RecordOptions
        from streambda.local.serve import ServeOptions, choose_source, serve, should_watch
    except ImportError as error:
        fail_for_import(error)
    try:
        endpoint_options = EndpointOptions.parse(**asdict(endpoints))
        source = choose_source(given.assembly, given.app, given.context, values.profile)
        watch = should_watch(source, given.watch)
        options = ServeOptions(
            host=host,
            port=port,
            endpoints=endpoint_options,
            env_files=values.env_files,
            parameters=parse_parameters(values.parameters),
            from_stacks=values.from_stacks,
            credentials=values.credentials,
            profile=values.profile,
            debug=values.debug,
            layers=values.layers,
            records=RecordOptions(
                write=Path(records.record) if records.record else None,
                masked=not records.secrets,
                show=Path(records.recorded) if records.recorded else None,
            ),
            stack_name=values.stack_name,
            sam_config=values.sam_config,
            **environments,
        )
        asyncio.run(serve(source, options, Console(), watch=watch))
    except PortInUse as error:
        fail(f"{error}; choose another with --port", PORT_IN_USE)
    except LocalCloudError as error:
        fail(str(error), BAD_INPUT)
