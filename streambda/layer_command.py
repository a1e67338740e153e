"""The command `streambda layer`: its commands and options are those of `streambda.layer`."""

import gc
import sys

import typer


def add_layer_command(app: typer.Typer) -> None:
    app.command(
        "layer",
        add_help_option=False,  # streambda.layer reads its options and prints its help itself
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(layer)


def layer(context: typer.Context) -> None:
    """Commands for the Python layer and its cache: build, check, list, lock, clean."""
    raise typer.Exit(run_layer(context.args))


def run_layer(arguments: list[str]) -> int:
    """Returns the exit code."""
    gc.enable()
    from streambda.layer.__main__ import main as layer_main

    prog = "streambda layer"
    if not sys.stderr.isatty():
        return layer_main(arguments, prog=prog)
    from rich.console import Console

    from streambda.layer_progress import draw_progress

    with draw_progress(Console(stderr=True)) as report:
        return layer_main(arguments, prog=prog, report=report)
