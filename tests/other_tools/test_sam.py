"""The SAM template of docs/other-tools.md, translated as AWS does it, and served as it is."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from streambda.local import local_cloud
from tests.other_tools.conftest import RunnableProject
from tests.support.other_tools import (
    check_both_stream,
    check_streams,
    list_lint_findings,
    read_template,
)

TEMPLATE = read_template("SAM")
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture(scope="module")
def translated() -> dict[str, Any]:
    template = yaml_parse(TEMPLATE)
    for one in template["Resources"].values():
        # As `sam package` does it, which uploads them.
        for name in {"CodeUri", "ContentUri"} & one["Properties"].keys():
            one["Properties"][name] = f"s3://bucket/{one['Properties'][name]}"
    session = boto3.Session(region_name="us-east-1")
    translator = Translator({"AWSLambdaBasicExecutionRole": LOGS}, Parser(), boto_session=session)
    found: dict[str, Any] = translator.translate(template, {})
    return found


@pytest.fixture
def served(runnable: RunnableProject) -> Path:
    path = runnable.folder / "template.yaml"
    path.write_text(runnable.adapt(TEMPLATE))
    return path


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


@pytest.mark.slow
@pytest.mark.layer
@pytest.mark.timeout(300)  # the first may build the layer
async def test_it_streams_in_the_local_cloud(served: Path) -> None:
    async with local_cloud(template=served) as cloud:
        await check_both_stream(cloud.function_url("Words"), f"{cloud.rest_api()}any")
