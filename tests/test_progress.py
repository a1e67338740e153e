"""What a synthesis shows while a layer is built."""

import io
import sys

import pytest

from streambda.progress import report_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show_a_build() -> None:
    with report_progress() as report:
        report("pbs: using CPython")
        report.show_download("cpython.tar.gz", 5_000_000, 20_000_000)


def test_a_download_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal := Terminal())

    show_a_build()

    text = terminal.getvalue()
    assert "streambda: pbs: using CPython\n" in text
    assert "cpython.tar.gz" in text
    assert "5.0/20.0 MB" in text


def test_elsewhere_steps_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show_a_build()

    assert capsys.readouterr() == ("", "streambda: pbs: using CPython\n")


def test_without_rich_steps_are_lines_on_a_terminal_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setattr("sys.stderr", terminal := Terminal())

    show_a_build()

    assert terminal.getvalue() == "streambda: pbs: using CPython\n"
