"""Which process of `make check` runs which test."""

from typing import Any

import pytest

# The first synthesis of a process takes seconds, each later one a fraction of that.
SYNTHESISING = ("tests/cdk/", "tests/end_to_end/")


def keep_synthesis_in_one_process(config: pytest.Config, log: Any) -> Any:
    """The tests of a file stay together, and so do all tests that synthesise."""
    from xdist.scheduler.loadfile import LoadFileScheduling  # type: ignore[import-untyped]

    scheduling = LoadFileScheduling(config, log)
    file_of = scheduling._split_scope
    scheduling._split_scope = lambda nodeid: (
        "synthesis" if nodeid.startswith(SYNTHESISING) else file_of(nodeid)
    )
    return scheduling
