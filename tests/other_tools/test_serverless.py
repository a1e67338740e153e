"""serverless.yml of docs/other-tools.md, packaged by osls, the open fork of the framework."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streambda.local import local_cloud
from streambda.node import bundled_node
from tests.other_tools.conftest import RunnableProject
from tests.support.environments.tools import require_tool
from tests.support.offline_aws.server import run_offline_aws
from tests.support.other_tools import (
    check_both_stream,
    check_streams,
    list_lint_findings,
    read_template,
)

# The first test may build the layer.
pytestmark = [pytest.mark.slow, pytest.mark.layer, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def packaged(runnable: RunnableProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder .serverless. osls asks AWS whether there is such a stack."""
    osls = require_tool("osls")
    folder = tmp_path_factory.mktemp("serverless")
    shutil.copytree(runnable.folder, folder / "project")
    text = runnable.adapt(read_template("Serverless Framework"))
    (folder / "project/serverless.yml").write_text(text)
    with run_offline_aws(folder / "aws.log") as aws:
        run_osls(osls, folder / "project", aws.environment)
    for name in ("function.zip", "layer.zip"):
        shutil.copy(folder / "project/build" / name, folder / "project/.serverless")
    return folder / "project/.serverless"


def run_osls(osls: Path, folder: Path, aws: Mapping[str, str]) -> None:
    node = bundled_node()
    done = subprocess.run(
        [str(node or "node"), str(osls / "node_modules/osls/bin/serverless.js"), "package"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "NODE_NO_WARNINGS": "1",
            "SLS_TELEMETRY_DISABLED": "1",
            **aws,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def template(packaged: Path) -> dict[str, Any]:
    written = packaged / "cloudformation-template-update-stack.json"
    read: dict[str, Any] = json.loads(written.read_text())
    return read


def test_both_endpoints_stream(template: dict[str, Any]) -> None:
    check_streams(template)


def test_the_version_has_the_hash_that_the_manifest_tells(
    runnable: RunnableProject, template: dict[str, Any]
) -> None:
    """osls computes CodeSha256 of the zip itself."""
    [version] = [
        it["Properties"]
        for it in template["Resources"].values()
        if it["Type"] == "AWS::Lambda::Version"
    ]

    assert version["CodeSha256"] == runnable.manifest["function"]["code_sha256"]


async def test_it_streams_in_the_local_cloud(packaged: Path, template: dict[str, Any]) -> None:
    [function] = [
        name for name, it in template["Resources"].items() if it["Type"] == "AWS::Lambda::Function"
    ]
    async with local_cloud(template=packaged) as cloud:
        await check_both_stream(cloud.function_url(function), f"{cloud.rest_api()}any")


def test_cfn_lint_finds_nothing_in_what_is_deployed(template: dict[str, Any]) -> None:
    assert list_lint_findings(json.dumps(template)) == []
