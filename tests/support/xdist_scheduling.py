"""Which process runs which test, and when."""

from typing import Any

import pytest

# The first synthesis of a process takes seconds, each later one a fraction of that.
SYNTHESISING = ("tests/cdk/", "tests/end_to_end/")
SLOW_MARKS = ("slow", "layer", "rie")


def keep_synthesis_in_one_process(config: pytest.Config, log: Any) -> Any:
    """The tests of a file stay together, and so do all tests that synthesise."""
    from xdist.scheduler.loadfile import LoadFileScheduling  # type: ignore[import-untyped]

    scheduling = LoadFileScheduling(config, log)
    file_of = scheduling._split_scope
    scheduling._split_scope = lambda nodeid: (
        "synthesis" if nodeid.startswith(SYNTHESISING) else file_of(nodeid)
    )
    return scheduling


def put_slow_files_first(items: list[pytest.Item]) -> None:
    """For `--no-loadscope-reorder`: with a slow file at the end one process would run on alone."""
    slow = {item.path for item in items if any(map(item.get_closest_marker, SLOW_MARKS))}
    items.sort(key=lambda item: item.path not in slow)
