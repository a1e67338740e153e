"""Options and fixtures of the whole suite."""

import gc
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import settings

from streambda.node import use_bundled_node
from tests.support.xdist_scheduling import keep_synthesis_in_one_process

use_bundled_node()  # before any test imports aws_cdk, as in app.py


# An example takes as long as the machine lets it: no test asserts speed.
settings.register_profile("streambda", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)  # for `make check`
settings.load_profile("streambda")


def pytest_configure() -> None:
    gc.disable()  # a third of the time of the collection, whose objects all stay


def pytest_collection_finish() -> None:
    gc.freeze()  # nor need any later one look at them
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    # With the slow tests it would be too much for one process.
    return (
        keep_synthesis_in_one_process(config, log)
        if "not slow" in config.getoption("markexpr")
        else None
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="rewrite tests/golden, then check")


Tell = Callable[[str, Mapping[str, object]], None]
_TOLD = "told"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Shows a table to who runs the tests, at the end of the run, whichever process it is from."""

    def add(title: str, table: Mapping[str, object]) -> None:
        lines = [f"  {name:<37} {value}" for name, value in table.items()]
        record_property(_TOLD, "\n".join([title, *lines]))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == _TOLD:
                terminalreporter.write_line(f"\n{text}")


@pytest.fixture
def write_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--write-golden"))
