"""The command line: `streambda local` and `streambda layer`.

Exit codes: 0 when all is well, 2 for wrong usage or bad input such as a missing assembly, 3 when a
port is in use; `layer` has those of `python -m streambda.layer`. An error is one line on stderr.
Nothing heavy is imported before it is needed.
"""

import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

from streambda import __version__

if TYPE_CHECKING:
    import typer

BAD_INPUT = 2
PORT_IN_USE = 3

LAST_PORT = 65535

EXAMPLE = "Example: npx cdk synth && streambda local cdk.out --port 8000"


def main() -> None:
    try:
        app = build()
        from typer.exceptions import TyperException
    except ImportError as error:
        fail_without(error)
    try:
        # Not standalone: an error is one line here, not a box of five.
        status = app(prog_name="streambda", standalone_mode=False)
    except TyperException as error:
        # Usage errors name the option at fault in a text of their own.
        text = error.format_message() if hasattr(error, "format_message") else str(error)
        fail(f"{text.rstrip('.')}; see `streambda --help`", BAD_INPUT)
    raise SystemExit(status)


def build() -> "typer.Typer":
    import typer

    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Response streaming for Python on AWS Lambda.",
        epilog=EXAMPLE,
    )

    def version(wanted: bool) -> None:
        if wanted:
            typer.echo(f"streambda {__version__}")
            raise typer.Exit

    @app.callback()
    def root(
        _: Annotated[
            bool,
            typer.Option("--version", callback=version, is_eager=True, help="Print the version."),
        ] = False,
    ) -> None:
        """Response streaming for Python on AWS Lambda."""

    @app.command("local", epilog=EXAMPLE)
    def local(
        assembly: Annotated[
            str, typer.Argument(help="The folder that `cdk synth` wrote.")
        ] = "cdk.out",
        port: Annotated[
            int,
            typer.Option(
                help="Lambda's API listens here, the other doors on the ports after it. "
                "0 gives every door a free port.",
            ),
        ] = 8000,
        host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    ) -> None:
        """Serves a CDK assembly on this machine, streaming through every door, until Ctrl-C.

        Exit codes: 0 stopped by Ctrl-C, 2 bad input such as a missing assembly, 3 port in use.
        """
        serve_local(assembly, host, port)

    @app.command(
        "layer",
        add_help_option=False,  # and what follows: options and help are streambda.layer's own
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def layer(context: typer.Context) -> None:
        """Builds and checks the Python layer, and keeps its cache: build, check, list, clean."""
        raise typer.Exit(run_layer(context.args))

    return app


def run_layer(arguments: list[str]) -> int:
    from streambda.layer.__main__ import main as layer_main

    prog = "streambda layer"
    if not sys.stderr.isatty():
        return layer_main(arguments, prog=prog)
    from rich.console import Console

    from streambda.progress import drawn

    with drawn(Console(stderr=True)) as report:
        return layer_main(arguments, prog=prog, report=report)


def serve_local(assembly: str, host: str, port: int) -> None:
    if not 0 <= port <= LAST_PORT:
        fail(f"--port is {port}, expected 0 to {LAST_PORT}", BAD_INPUT)
    try:
        import asyncio
        from pathlib import Path

        from rich.console import Console

        from streambda.local.errors import LocalCloudError, PortInUse
        from streambda.local.serve import serve
    except ImportError as error:
        fail_without(error)
    try:
        asyncio.run(serve(Path(assembly), host, port, Console()))
    except PortInUse as error:
        fail(f"{error}; choose another with --port", PORT_IN_USE)
    except LocalCloudError as error:
        fail(str(error), BAD_INPUT)


def fail_without(error: ImportError) -> NoReturn:
    fail(f"{error.name} is not installed: pip install 'streambda[local]'", BAD_INPUT)


def fail(message: str, status: int) -> NoReturn:
    sys.stderr.write(f"streambda: error: {message}\n")
    raise SystemExit(status)
