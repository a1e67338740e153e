"""`streambda local --app`, as it is seen in a terminal."""

import asyncio
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.errors import AssemblyError, SynthesisError
from streambda.local.serve import ServeOptions, choose_source, serve, should_watch
from streambda.local.synthesis.app import App
from streambda.local.terminal import Terminal
from tests.support.local_assembly import function, url, write_assembly
from tests.support.screen import Screen
from tests.support.small_app import write_app, write_resources

ROOT = Path(__file__).parents[2]
SLOW_S = 100.0


@asynccontextmanager
async def served(source: Path | App, *, watch: bool, seconds: float = 20) -> AsyncIterator[Screen]:
    screen = Screen()
    async with asyncio.TaskGroup() as tasks:
        console = Console(file=screen, width=200)
        tasks.create_task(serve(source, ServeOptions(port=0), console, watch=watch))
        await screen.wait_for("Press Ctrl-C to stop.", seconds)
        try:
            yield screen
        finally:
            os.kill(os.getpid(), signal.SIGINT)


def url_in(screen: Screen, name: str) -> str:
    [found] = re.findall(
        rf"Function URL of {name} \(streams\)\n  curl -N '(\S+)'", screen.getvalue()
    )
    return str(found)


@pytest.mark.slow
async def test_an_app_and_its_changes(tmp_path: Path, http: httpx.AsyncClient) -> None:
    words = {"Words": function(FunctionName="Words"), "Url": url("Words")}
    app = write_app(tmp_path, words)

    async with served(app, watch=True) as screen:
        await screen.wait_for(f"==> watching {tmp_path}")
        at = url_in(screen, "Words")
        assert (await http.get(f"{at}words")).text == "one two"
        write_resources(tmp_path, {**words, "More": function(FunctionName="More")})
        await screen.wait_for("new functions: More (")
        assert (await http.get(f"{at}words")).text == "one two"

    printed = screen.getvalue()
    assert printed.startswith(f"==> {app.command}\n==> synthesised in ")
    assert f"==> src/functions.json changed: {app.command}\n" in printed
    assert "error" not in printed


async def test_an_app_that_is_not_watched(tmp_path: Path, http: httpx.AsyncClient) -> None:
    app = write_app(tmp_path, {"Words": function(FunctionName="Words"), "Url": url("Words")})

    async with served(app, watch=False) as screen:
        assert (await http.get(f"{url_in(screen, 'Words')}words")).text == "one two"

    assert "watching" not in screen.getvalue()


@pytest.mark.slow
async def test_an_app_that_cannot_begin(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("raise ValueError('no')")
    app = App.find("python3 app.py", tmp_path)

    with pytest.raises(SynthesisError, match=r"ValueError: no \(app\.py, line 1\)"):
        await serve(app, ServeOptions(port=0), Console(file=Screen()), watch=True)


async def test_what_is_not_emulated_is_one_list(tmp_path: Path) -> None:
    resources = {
        "Words": function(FunctionName="Words"),
        "Edge": {"Type": "AWS::CloudFront::Distribution"},
        "Role": {"Type": "AWS::IAM::Role"},
    }

    async with served(write_assembly(tmp_path, resources), watch=False) as screen:
        printed = screen.getvalue()

    assert printed.count("Not emulated") == 1
    assert "\n  AWS::CloudFront::Distribution Edge: CloudFront does not run here" in printed
    assert "AWS::IAM::Role" not in printed


def test_lines_have_the_colour_of_their_function() -> None:
    screen = Screen()
    terminal = Terminal(
        Console(file=screen, force_terminal=True, width=200, color_system="standard")
    )
    for name in ("One", "Two", "One"):
        terminal.print_log_line(LogLine(function=name, request_id="12345678-9abc", text="[said] 5"))
    terminal.print_log_line(LogLine(function="One", request_id=None, text="cold start with Python"))

    one, two, again, cold = screen.getvalue().splitlines()
    assert one == again
    assert one == "\x1b[36mOne\x1b[0m \x1b[2m12345678\x1b[0m [said] 5"
    assert two == "\x1b[35mTwo\x1b[0m \x1b[2m12345678\x1b[0m [said] 5"
    assert cold.endswith("\x1b[2mcold start with Python\x1b[0m")


def test_what_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        AssemblyError, match=r"there is no cdk\.out, no app in a cdk\.json and no temp"
    ):
        choose_source(None, None, ())
    assert choose_source("out", None, ()) == Path("out")

    Path("cdk.json").write_text(json.dumps({"app": "python app.py"}))
    chosen = choose_source(None, None, ("a=b",))
    assert isinstance(chosen, App)
    assert (chosen.command, chosen.folder, chosen.context) == (
        "python app.py",
        tmp_path,
        {"a": "b"},
    )
    given = choose_source(None, "python other.py", ())
    assert isinstance(given, App)
    assert given.command == "python other.py"

    write_assembly(Path("cdk.out"), {})
    assert choose_source(None, None, ()) == Path("cdk.out")
    for arguments in (("out", "python app.py", ()), ("out", None, ("a=b",))):
        with pytest.raises(SynthesisError, match="given, expected"):
            choose_source(*arguments)


def test_what_is_watched() -> None:
    app = App(command="x", folder=Path(), context={})

    assert [should_watch(app, wanted) for wanted in (None, True, False)] == [True, True, False]
    assert [should_watch(Path("out"), wanted) for wanted in (None, False)] == [False, False]
    with pytest.raises(SynthesisError, match="--watch is given with the assembly out"):
        should_watch(Path("out"), True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "text"),
    [
        ("migrate_rest_api", "Reports-Status"),
        ("cloudfront", "CloudFront does not run here"),
    ],
)
async def test_examples(example: str, text: str, tmp_path: Path) -> None:
    folder = tmp_path / example
    shutil.copytree(ROOT / "examples" / example, folder)

    async with served(App.find(folder=folder), watch=False, seconds=SLOW_S) as screen:
        assert text in screen.getvalue()


@pytest.mark.slow
async def test_the_app_of_this_repository() -> None:
    async with served(App.find(folder=ROOT), watch=False, seconds=SLOW_S) as screen:
        assert "Streambda-Words" in screen.getvalue()


@pytest.mark.slow
async def test_a_handler_that_is_edited(tmp_path: Path, http: httpx.AsyncClient) -> None:
    """With the real constructs: broken first, then mended and different."""
    folder = tmp_path / "minimal"
    shutil.copytree(ROOT / "examples/minimal", folder)
    handler = folder / "src/countdown.py"

    async with served(App.find(folder=folder), watch=True, seconds=SLOW_S) as screen:
        await screen.wait_for("==> watching")
        at = url_in(screen, "Countdown-Countdown")
        before = (await http.get(at)).text
        handler.write_text("import nowhere\n\ndef handler(event, context):\n    yield b'new'\n")
        await screen.wait_for("does not start: ", SLOW_S)
        assert (await http.get(at)).text == before
        handler.write_text("def handler(event, context):\n    yield b'new'\n")
        await screen.wait_for("new code from the next request on", SLOW_S)
        assert (await http.get(at)).text == "new"
        # The synthesis takes longer, and finds nothing else.
        await screen.wait_for("nothing that runs has changed", SLOW_S)

    assert "No module named 'nowhere'" in screen.getvalue()
