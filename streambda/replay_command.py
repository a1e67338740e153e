"""The command `streambda replay`: its arguments. Slow imports are made only when it runs."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from streambda.command_errors import BAD_INPUT, fail, fail_for_import, warn

if TYPE_CHECKING:
    import typer


def add_replay_command(app: "typer.Typer") -> None:
    """Adds `replay` to the commands of `streambda`."""
    import typer

    @app.command("replay", epilog="Example: streambda replay calls.jsonl --speed 2")
    def replay(
        file: Annotated[
            str,
            typer.Argument(metavar="FILE", help="A file that `streambda local --record` wrote."),
        ],
        id: Annotated[
            list[str] | None,
            typer.Option(help="The beginning of a request id; repeatable. Default: all."),
        ] = None,
        of: Annotated[str, typer.Option(help="A part of the function's name. Default: all.")] = "",
        outcome: Annotated[
            list[str] | None,
            typer.Option(help="completed, failed or timed-out; repeatable. Default: all."),
        ] = None,
        lists: Annotated[
            bool, typer.Option("--list", help="Only list the records, one per line.")
        ] = False,
        speed: Annotated[
            float, typer.Option(help="How many times faster than recorded; 0 shows all at once.")
        ] = 1.0,
        to: Annotated[
            str | None,
            typer.Option(help="URL of a local cloud's Lambda API: sends the events there again."),
        ] = None,
        function: Annotated[
            str | None,
            typer.Option(help="The function to send to, if it has another name there."),
        ] = None,
    ) -> None:
        """Shows recorded invocations in real time, or sends them again.

        Exit codes: 0 shown, or all responses are the same; 1 a response differs; 2 bad input.
        """
        replay_file(
            file,
            ids=tuple(id or ()),
            of=of,
            outcomes=tuple(outcome or ()),
            lists=lists,
            speed=speed,
            to=to,
            function=function,
        )


def replay_file(file: str, **options: Any) -> NoReturn:
    """Args: `options` are those of `ReplayOptions`."""
    gc.enable()
    if not file:
        fail("FILE is '', expected the name of a file", BAD_INPUT)
    try:
        import asyncio

        from rich.console import Console

        from streambda.local.model.errors import LocalCloudError
        from streambda.local.replay import ReplayOptions, replay
    except ImportError as error:
        fail_for_import(error)
    chosen = ReplayOptions(path=Path(file), **options)
    try:
        raise SystemExit(asyncio.run(replay(chosen, Console(), warn)))
    except LocalCloudError as error:
        fail(str(error), BAD_INPUT)
    except KeyboardInterrupt:
        raise SystemExit(0) from None
