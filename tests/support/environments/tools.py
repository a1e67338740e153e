"""What tools/install-test-environments has installed."""

from pathlib import Path

import pytest

_TOOLS = Path(__file__).parents[3] / ".tools"


def require_tool(name: str) -> Path:
    """The folder of `name`; without it the test is skipped."""
    if not (_TOOLS / name / ".ready").exists():
        pytest.skip(f"there is no .tools/{name}, which tools/install-test-environments installs")
    return _TOOLS / name
