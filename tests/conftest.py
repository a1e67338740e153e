"""Options and fixtures of the whole suite."""

import gc
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from streambda.node import use_bundled_node
from tests.support.xdist_scheduling import keep_synthesis_in_one_process, put_slow_files_first

use_bundled_node()  # before a test imports aws_cdk, as in app.py


# No deadline for an example: no test checks speed.
settings.register_profile("streambda", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)  # for `make check`
settings.load_profile("streambda")


def pytest_configure() -> None:
    # `nohup make test` ignores it, and so would the programs whose end by it is tested.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    gc.disable()  # would take a third of the collection's time, and free nothing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # one of xdist's processes
        put_slow_files_first(items)


def pytest_collection_finish() -> None:
    gc.freeze()  # later collections skip these objects
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    # Not with the slow tests: one process would run too many of them.
    return (
        keep_synthesis_in_one_process(config, log)
        if "not slow" in config.getoption("markexpr")
        else None
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="rewrite tests/golden, then check")


ShowTable = Callable[[str, Mapping[str, object]], None]
_TABLE = "table"


@pytest.fixture
def show_table(record_property: Callable[[str, object], None]) -> ShowTable:
    """Shows a table at the end of the run, also from another process of the run."""

    def add(title: str, table: Mapping[str, object]) -> None:
        lines = [f"  {name:<37} {value}" for name, value in table.items()]
        record_property(_TABLE, "\n".join([title, *lines]))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == _TABLE:
                terminalreporter.write_line(f"\n{text}")


@pytest.fixture
def write_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--write-golden"))


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    """A user's folder with one handler in it."""
    folder = tmp_path / "entry"
    folder.mkdir()
    (folder / "app.py").write_text("def handler(event, context):\n    yield b'hello'\n")
    return folder
