"""The oldest aws-cdk-lib that pyproject.toml allows: the tests of the constructs pass on it."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from streambda.node import JSII_NODE, bundled_node
from tests.support.environments.tools import require_tool
from tests.support.templates import ROOT

OLDEST = "oldest-cdk"
PINS = ROOT / f"tests/support/environments/{OLDEST}.txt"
# What is left out does not depend on the CDK, or needs an app with cdk-nag.
LEFT_OUT = ("bundle", "test_app.py", "test_checks.py", "test_iam_actions.py")


def variables(packages: Path) -> Mapping[str, str]:
    """Of a Python that finds `packages` before those of this environment."""
    path = os.pathsep.join(map(str, (packages, ROOT, ROOT / "lambda_src")))
    node = bundled_node()
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": path,
        **({JSII_NODE: str(node)} if node else {}),
    }


def test_the_oldest_is_the_lower_bound_that_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = dict(re.findall(r"^([a-z0-9-]+)==([\d.]+)", PINS.read_text(), re.MULTILINE))

    for requirement in project["optional-dependencies"]["cdk"]:
        match = re.fullmatch(r"([a-z0-9-]+)>=([\d.]+),<[\d.]+", requirement)
        assert match, requirement
        pin = pins.get(match[1], "none")
        assert f"{pin}.".startswith(f"{match[2]}."), f"{requirement}, {pin} in {PINS}: make lock"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_constructs_work_with_the_oldest(tmp_path: Path) -> None:
    packages = require_tool(OLDEST)
    left_out = [word for name in LEFT_OUT for word in ("--ignore", f"tests/cdk/{name}")]
    show = "import aws_cdk, importlib.metadata as m; print(aws_cdk.__file__, m.version('{0}'))"
    command = [sys.executable, "-c", show.format("aws-cdk-lib")]
    used = subprocess.run(
        command, cwd=ROOT, env=variables(packages), capture_output=True, text=True, check=True
    )

    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [*pytest_, "-m", "not slow", "--basetemp", str(tmp_path / "cdk"), "tests/cdk", *left_out],
        cwd=ROOT,
        env=variables(packages),
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )

    assert used.stdout.startswith(str(packages))
    assert f"aws-cdk-lib=={used.stdout.split()[-1]} " in PINS.read_text()
    assert done.returncode == 0, done.stdout[-4000:]
