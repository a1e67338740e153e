"""A run of pytest in which the only installed plugin is ours: the others take seconds to import."""

from importlib.metadata import entry_points

import pytest


def run_pytest(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """As a user's `pytest` would find our plugin: by its entry point."""
    names = {one.name for one in entry_points(group="pytest11")}
    others = [f"-pno:{name}" for name in sorted(names - {"streambda"})]
    return pytester.runpytest_subprocess(*others, *arguments, timeout=60)
