"""Callbacks, observers, terminals and tasks that fail: they change nothing else."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from streambda.local import EndpointKind, LocalCloud
from streambda.local.invocation.log_lines import LogLine
from streambda.local.isolated_tasks import IsolatedTasks
from streambda.local.terminal import Terminal
from tests.support.endpoint_clouds import url_of
from tests.support.local_assembly import write_assembly
from tests.support.screen import Screen


@pytest.mark.parametrize("name", ["log", "lines"])
async def test_a_callback_that_raises_loses_lines_only(
    name: str,
    tmp_path: Path,
    resources: dict[str, Any],
    http: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[object] = []

    def fail(*arguments: object) -> None:
        seen.append(arguments)
        raise ValueError("two\nlines")

    written = write_assembly(tmp_path, resources)
    callbacks: dict[str, Any] = {name: fail}
    async with LocalCloud(written, **callbacks) as cloud:
        at = url_of(cloud, EndpointKind.FUNCTION_URL) + "words"
        assert (await http.get(at)).text == "one two"
        assert (await http.get(at)).text == "one two"

    assert len(seen) > 4
    told = f"{name}= has raised ValueError: two lines (only the first time is logged)"
    assert [record.getMessage() for record in caplog.records] == [told]


@pytest.mark.parametrize(
    "where",
    ["observe_head", "observe_chunk", "observe_log_line", "observe_report", "observe_end"],
)
async def test_an_observer_that_raises_changes_no_invocation(
    where: str,
    tmp_path: Path,
    resources: dict[str, Any],
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from streambda.local.console.recording import Recording

    def fail(*_: object) -> None:
        raise RecursionError("observed")

    monkeypatch.setattr(Recording, where, fail)
    async with LocalCloud(write_assembly(tmp_path, resources), console=True) as cloud:
        at = url_of(cloud, EndpointKind.FUNCTION_URL) + "words"
        assert (await http.get(at)).text == "one two"
    told = "an invocation is not recorded any more: RecursionError: observed"
    assert [record.getMessage() for record in caplog.records] == [told]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), ValueError("I/O operation on closed file")]
)
async def test_a_terminal_that_takes_no_more_ends_nothing(
    error: Exception,
    tmp_path: Path,
    resources: dict[str, Any],
    http: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Full(Screen):
        def write(self, text: str) -> int:
            raise error

    terminal = Terminal(Console(file=Full(), width=200))
    async with LocalCloud(
        write_assembly(tmp_path, resources), lines=terminal.print_log_line
    ) as cloud:
        at = url_of(cloud, EndpointKind.FUNCTION_URL) + "words"
        assert (await http.get(at)).text == "one two"
    terminal.print_note("bye")
    assert len(caplog.records) == 1
    assert "lines are lost" in caplog.text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp1252"])
def test_a_terminal_shows_what_it_can(encoding: str, tmp_path: Path) -> None:
    """Lone surrogates, controls, and what the encoding lacks."""
    with (tmp_path / "out").open("w", encoding=encoding) as file:
        terminal = Terminal(Console(file=file, width=200))
        for text in ("\ud800 é 漢 😀", "\x1b]0;title\x07", "a\nb", "\x9b2J"):
            terminal.print_log_line(LogLine(function="Wörter\x1b", request_id="\ud800", text=text))
            terminal.print_note(text)
            terminal.print_error(text)
    written = (tmp_path / "out").read_bytes().decode(encoding)

    assert "\x1b" not in written
    assert "\x9b" not in written
    assert written.count("\n") == 12
    assert "\\ud800" in written


async def test_a_task_that_fails_leaves_the_others_alone(caplog: pytest.LogCaptureFixture) -> None:
    said: list[str] = []
    go_on = asyncio.Event()

    async def fail() -> None:
        raise ExceptionGroup("several", [OSError("one"), ValueError("two")])

    async def wait() -> str:
        await go_on.wait()
        return "waited"

    async with IsolatedTasks(said.append) as tasks:
        waiting, failing = tasks.create_task(wait()), tasks.create_task(fail())
        never = tasks.create_task(wait())
        never.cancel()
        await asyncio.wait([failing])
        go_on.set()

    assert waiting.result() == "waited"
    assert said == ["a task of the local cloud failed: OSError: one"]


async def test_a_group_that_has_ended_takes_no_task() -> None:
    async def nothing() -> None:
        """Never runs."""

    async with IsolatedTasks(print) as tasks:
        pass
    with pytest.raises(RuntimeError):
        tasks.create_task(nothing())


async def test_leaving_it_by_an_error_still_ends_its_tasks() -> None:
    with suppress(ExceptionGroup):
        async with IsolatedTasks(print) as tasks:
            task = tasks.create_task(asyncio.Event().wait())
            raise KeyError
    assert task.cancelled()
