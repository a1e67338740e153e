"""The SAM template of docs/other-tools.md, translated as CloudFormation does it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.environments.tools import require_tool
from tests.support.other_tools import (
    check_streams,
    list_lint_findings,
    read_template,
    with_packages,
)

pytestmark = pytest.mark.slow

TEMPLATE = read_template("SAM")

# In another process: the translator needs other versions of packages than the tests.
TRANSLATE = """
import json, sys
import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

template = yaml_parse(sys.stdin.read())
for one in template["Resources"].values():
    # As `sam package` does it, which uploads them.
    for name in {"CodeUri", "ContentUri"} & one["Properties"].keys():
        one["Properties"][name] = f"s3://bucket/{one['Properties'][name]}"
policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
session = boto3.Session(region_name="us-east-1")
translator = Translator({"AWSLambdaBasicExecutionRole": policy}, Parser(), boto_session=session)
print(json.dumps(translator.translate(template, {})))
"""


@pytest.fixture(scope="module")
def translated() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", TRANSLATE],
        env=with_packages(require_tool("sam")),
        input=TEMPLATE,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    template: dict[str, Any] = json.loads(done.stdout)
    return template


def test_cfn_lint_finds_nothing() -> None:
    assert list_lint_findings(TEMPLATE) == []


def test_cfn_lint_finds_nothing_in_what_is_deployed(translated: dict[str, Any]) -> None:
    assert list_lint_findings(json.dumps(translated)) == []


def test_both_endpoints_stream(translated: dict[str, Any]) -> None:
    check_streams(translated)


def test_the_zips_are_those_that_the_command_writes(translated: dict[str, Any]) -> None:
    resources = translated["Resources"].values()
    [code] = [it["Properties"]["Code"] for it in resources if it["Type"] == "AWS::Lambda::Function"]
    [content] = [
        it["Properties"]["Content"] for it in resources if it["Type"] == "AWS::Lambda::LayerVersion"
    ]

    assert (code["S3Key"], content["S3Key"]) == ("build/function.zip", "build/layer.zip")
