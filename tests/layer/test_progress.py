"""The terminal's view of a build."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from streambda import layer_command
from streambda.layer.report import Report
from streambda.layer_progress import TerminalReport, draw_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _console(output: io.StringIO) -> Console:
    return Console(file=output, force_terminal=True, width=100, color_system=None)


def test_a_download_is_a_bar_and_a_step_is_a_line() -> None:
    output = io.StringIO()

    with draw_progress(_console(output)) as report:
        report("debian: [bookworm] 3.11")
        report.show_download("cpython.tar.gz", 5_000_000, 20_000_000)
        report.show_download("cpython.tar.gz", 10_000_000, 20_000_000)

    text = output.getvalue()
    assert "debian: [bookworm] 3.11\n" in text
    assert "cpython.tar.gz" in text
    assert "10.0/20.0 MB" in text


def test_the_next_step_ends_the_bar_of_the_one_before() -> None:
    with draw_progress(_console(io.StringIO())) as report:
        report.show_download("cpython.tar.gz", 10, 20)
        bars = report.bars
        assert [(task.completed, task.total) for task in bars.tasks] == [(10, 20)]
        report("cpython.tar.gz: cut at 0.0 of 0.0 MB")
        assert [task.description for task in bars.tasks] == ["at work"]
        report.show_download("cpython.tar.gz", 20, None)

    assert [(task.completed, task.total) for task in bars.tasks] == [(20, None)]


def test_a_step_of_unknown_length_shows_for_how_long_it_goes_on() -> None:
    output = io.StringIO()

    with draw_progress(_console(output), "streambda: ") as report:
        report("debian: downloading 13 packages")

    text = output.getvalue()
    assert "streambda: debian: downloading 13 packages\n" in text
    assert re.search(r"at work .* 0 s", text)
    assert "bytes" not in text


def test_a_path_is_never_broken_into_lines() -> None:
    output = io.StringIO()
    path = "/some/where/" + "x" * 200

    with draw_progress(_console(output)) as report:
        report(path)

    assert f"{path}\n" in output.getvalue()


def test_the_command_draws_where_stderr_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Report | None] = []

    def main(arguments: list[str], *, prog: str, report: Report | None = None) -> int:
        seen.append(report)
        return len(arguments)

    monkeypatch.setattr("streambda.layer.__main__.main", main)
    monkeypatch.setattr("sys.stderr", Terminal())
    assert layer_command.run_layer(["list"]) == 1
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert layer_command.run_layer(["a", "b"]) == 2

    drawing, plain = seen
    assert isinstance(drawing, TerminalReport)
    assert plain is None
