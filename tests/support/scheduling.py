"""Which process of `make check` runs what."""

from typing import Any

import pytest

# The first synthesis of a process takes seconds, those behind it a fraction: one process pays.
SYNTHESISING = ("tests/cdk/", "tests/end_to_end/")


def one_synthesises(config: pytest.Config, log: Any) -> Any:
    """A file's tests stay together, and so do all those that synthesise."""
    from xdist.scheduler.loadfile import LoadFileScheduling  # type: ignore[import-untyped]

    scheduling = LoadFileScheduling(config, log)
    file_of = scheduling._split_scope
    scheduling._split_scope = lambda nodeid: (
        "synthesis" if nodeid.startswith(SYNTHESISING) else file_of(nodeid)
    )
    return scheduling
