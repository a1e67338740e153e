"""serverless.yml of docs/other-tools.md, packaged by osls, the open fork of the framework."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streambda.node import bundled_node
from tests.other_tools.conftest import make_project
from tests.support.environments.tools import require_tool
from tests.support.offline_aws.server import run_offline_aws
from tests.support.other_tools import (
    check_streams,
    list_lint_findings,
    read_template,
)
from tests.support.wheels import make_layer_archive

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packaged: osls asks AWS whether there is such a stack."""
    osls = require_tool("osls")
    folder = tmp_path_factory.mktemp("serverless")
    make_project(folder / "project", make_layer_archive("3.11", folder))
    (folder / "project/serverless.yml").write_text(read_template("Serverless Framework"))
    with run_offline_aws(folder / "aws.log") as aws:
        run_osls(osls, folder / "project", aws.environment)
    return folder / "project"


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
def template(project: Path) -> dict[str, Any]:
    written = project / ".serverless/cloudformation-template-update-stack.json"
    read: dict[str, Any] = json.loads(written.read_text())
    return read


def test_both_endpoints_stream(template: dict[str, Any]) -> None:
    check_streams(template)


def test_the_version_has_the_hash_that_the_manifest_tells(
    project: Path, template: dict[str, Any]
) -> None:
    """osls computes CodeSha256 of the zip itself."""
    manifest = json.loads((project / "build/manifest.json").read_text())
    [version] = [
        it["Properties"]
        for it in template["Resources"].values()
        if it["Type"] == "AWS::Lambda::Version"
    ]

    assert version["CodeSha256"] == manifest["function"]["code_sha256"]


def test_cfn_lint_finds_nothing_in_what_is_deployed(template: dict[str, Any]) -> None:
    assert list_lint_findings(json.dumps(template)) == []
