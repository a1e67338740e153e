"""The Terraform configuration of docs/other-tools.md, read by a parser of its language."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.support.other_tools import read_template

MAIN = read_template("Terraform", "hcl")


@pytest.fixture(scope="module")
def resources() -> dict[str, dict[str, Any]]:
    """Address, as "aws_lambda_function.words" -> arguments."""
    return {
        f"{unquote(type)}.{unquote(name)}": arguments
        for block in hcl2.loads(MAIN)["resource"]
        for type, named in block.items()
        for name, arguments in named.items()
    }


def unquote(text: str) -> str:
    return text.strip('"')


def test_both_endpoints_stream(resources: dict[str, dict[str, Any]]) -> None:
    url = resources["aws_lambda_function_url.words"]
    integration = resources["aws_api_gateway_integration.stream"]

    assert unquote(url["invoke_mode"]) == "RESPONSE_STREAM"
    assert unquote(integration["response_transfer_mode"]) == "STREAM"
    assert unquote(integration["type"]) == "AWS_PROXY"
    # The ARN that ends with response-streaming-invocations; invoke_arn would buffer.
    assert integration["uri"] == "${aws_lambda_function.words.response_streaming_invoke_arn}"


def test_what_is_referred_to_is_there(resources: dict[str, dict[str, Any]]) -> None:
    referred = set(re.findall(r"\b(aws_\w+\.\w+)\.\w+", MAIN))

    assert referred
    assert referred <= resources.keys()


def test_what_is_read_of_the_manifest_is_there(project: Path) -> None:
    manifest = json.loads((project / "build/manifest.json").read_text())
    read = re.findall(r"\blocal\.(function|layer)\.(\w+)", MAIN)

    assert {part for part, _ in read} == {"function", "layer"}
    for part, name in read:
        assert name in manifest[part], f"{part}.{name}"
    assert manifest["format"] == 1


@pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform on PATH")
def test_terraform_would_not_format_it_otherwise(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(MAIN)

    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", str(tmp_path)],
        env={"PATH": str(Path(shutil.which("terraform") or "").parent), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout + done.stderr
