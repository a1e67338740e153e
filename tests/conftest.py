"""Options and fixtures of the whole suite."""

import pytest
from hypothesis import settings

from streambda.node import use_bundled_node

use_bundled_node()  # before any test imports aws_cdk, as in app.py


# An example takes as long as the machine lets it: no test asserts speed.
settings.register_profile("streambda", deadline=None)
settings.load_profile("streambda")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="rewrite tests/golden, then check")


@pytest.fixture
def write_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--write-golden"))
