"""The developer's AWS settings, as a test wants them and not as this machine has them."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def aws_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; there are no variables for AWS."""
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    # A key that is looked for on the network would make a test slow.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return home
