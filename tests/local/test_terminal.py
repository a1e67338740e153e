"""What a terminal shows that a file does not, and the other way round."""

import asyncio
from pathlib import Path

import pytest
from rich.console import Console

from streambda.local import LocalCloud
from streambda.local import terminal as terminal_module
from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.findings import Finding, FindingLevel
from streambda.local.terminal import MOST_LINE_CHARS, Terminal, describe_endpoints
from tests.support.local_assembly import function, url, write_assembly
from tests.support.screen import Screen
from tests.support.wait_until import wait_until


def make(*, is_terminal: bool, width: int = 120) -> tuple[Terminal, Screen]:
    screen = Screen()
    console = Console(
        file=screen, width=width, force_terminal=is_terminal, color_system=None, _environ={}
    )
    return Terminal(console), screen


@pytest.mark.parametrize(
    ("length", "is_terminal", "end"),
    [
        (MOST_LINE_CHARS, True, "x\n"),
        (MOST_LINE_CHARS + 1, True, "x … (1 more characters)\n"),
        (256 * 1024, True, "x … (260,144 more characters)\n"),
        (256 * 1024, False, "x\n"),
    ],
)
def test_a_long_line_is_cut_on_a_terminal_only(length: int, is_terminal: bool, end: str) -> None:
    terminal, screen = make(is_terminal=is_terminal)

    terminal.print_log_line(LogLine(function="F", request_id="r", text="x" * length))

    assert screen.getvalue().endswith(end)
    assert screen.getvalue().count("x") == (MOST_LINE_CHARS if "more" in end else length)


def test_what_is_not_emulated_is_one_line_on_a_narrow_terminal() -> None:
    terminal, screen = make(is_terminal=True, width=60)
    name = "a-stack-of-mine-Words-ABCDEFGHIJKL"

    terminal.print_unsupported(
        [UnsupportedResource(type="AWS::Lambda::Function", name=name, reason="java")]
    )

    line = f"  AWS::Lambda::Function {name}: java"
    assert screen.getvalue().splitlines() == ["Not emulated:", line]


async def test_the_url_of_a_function_that_does_not_run(tmp_path: Path) -> None:
    resources = {"Words": function(FunctionName="Words", Runtime="java21"), "Url": url("Words")}
    write_assembly(tmp_path, resources)

    async with LocalCloud(tmp_path) as cloud:
        lines = list(describe_endpoints(cloud))

    assert "Function URL of Words (does not run here)" in lines


async def test_the_urls_of_a_function_and_of_its_alias(tmp_path: Path) -> None:
    live = url("Words")
    live["Properties"]["Qualifier"] = "live"
    resources = {"Words": function(FunctionName="Words"), "Url": url("Words"), "Live": live}
    write_assembly(tmp_path, resources)

    async with LocalCloud(tmp_path) as cloud:
        found = [line for line in describe_endpoints(cloud) if line.startswith("Function URL")]

    assert found == ["Function URL of Words (streams)", "Function URL of Words:live (streams)"]


@pytest.mark.parametrize(
    ("level", "line"),
    [(FindingLevel.ERROR, "error: A: e"), (FindingLevel.WARNING, "warning: A: e")],
)
def test_a_finding_is_one_line(level: FindingLevel, line: str) -> None:
    terminal, screen = make(is_terminal=False, width=20)

    terminal.print_finding(Finding(level=level, path="A", message="e" * 100))

    assert screen.getvalue() == line[:-1] + "e" * 100 + "\n"


async def test_progress_is_shown_once_something_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_module, "PROGRESS_S", 0)
    terminal, screen = make(is_terminal=True)

    async with terminal.show_progress("synthesising"):
        # It is drawn by a thread.
        await wait_until(lambda: "synthesising: " in screen.getvalue())


@pytest.mark.parametrize("is_terminal", [True, False], ids=["but not for long", "on a pipe"])
async def test_no_progress(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_module, "PROGRESS_S", 60 if is_terminal else 0)
    terminal, screen = make(is_terminal=is_terminal)

    async with terminal.show_progress("synthesising"):
        for _ in range(20):
            await asyncio.sleep(0)

    assert screen.getvalue() == ""
