"""Options and fixtures of the whole suite."""

import pytest

from streambda.node import use_bundled_node

use_bundled_node()  # before any test imports aws_cdk, as in app.py


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="rewrite tests/golden, then check")


@pytest.fixture
def write_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--write-golden"))
