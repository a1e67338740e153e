"""The CloudFormation template of docs/other-tools.md, deployed to the offline AWS.

What AWS has then is run by the local cloud, on the layer that was deployed with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from streambda.local import EndpointKind, LocalCloud
from tests.other_tools.conftest import RunnableProject
from tests.support.offline_aws.deployed_assembly import write_deployed_assembly
from tests.support.offline_aws.deployed_resources import DeployedFunction, download, read_api
from tests.support.offline_aws.server import OfflineAws, run_offline_aws
from tests.support.other_tools import (
    check_both_stream,
    check_streams,
    list_lint_findings,
    read_template,
)

TEMPLATE = read_template("CloudFormation")
BUCKET = "words-of-somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """`project` has what `streambda package` wrote; the rest is what AWS has."""

    project: RunnableProject
    status: str
    outputs: dict[str, str]
    function: DeployedFunction
    integration: dict[str, Any]


@pytest.fixture(scope="module")
def deployed(
    runnable: RunnableProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    with run_offline_aws(tmp_path_factory.mktemp("cloudformation") / "aws.log") as aws:
        yield deploy(aws, runnable, runnable.adapt(TEMPLATE))


def deploy(aws: OfflineAws, project: RunnableProject, template: str) -> Deployment:
    build = project.folder / "build"
    keys = {part: f"{project.manifest[part]['sha256']}.zip" for part in ("function", "layer")}
    with aws.client("s3") as s3:
        s3.create_bucket(Bucket=BUCKET)
        for part, key in keys.items():
            s3.put_object(Bucket=BUCKET, Key=key, Body=(build / f"{part}.zip").read_bytes())
    parameters = {"Bucket": BUCKET, "FunctionKey": keys["function"], "LayerKey": keys["layer"]}
    with aws.client("cloudformation") as cloudformation:
        cloudformation.create_stack(
            StackName="words",
            TemplateBody=template,
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
        )
        [stack] = cloudformation.describe_stacks(StackName="words")["Stacks"]
        name = cloudformation.describe_stack_resource(StackName="words", LogicalResourceId="Words")[
            "StackResourceDetail"
        ]["PhysicalResourceId"]
    [integration] = read_api(aws).integrations.values()
    return Deployment(
        project=project,
        status=stack["StackStatus"],
        outputs={it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]},
        function=read_function(aws, name),
        integration=dict(integration),
    )


def read_function(aws: OfflineAws, name: str) -> DeployedFunction:
    with aws.client("lambda") as lambda_:
        answer = lambda_.get_function(FunctionName=name)
        [layer] = answer["Configuration"]["Layers"]
        layer_name, _, version = layer["Arn"].rpartition(":")
        content = lambda_.get_layer_version(LayerName=layer_name, VersionNumber=int(version))
        url = lambda_.get_function_url_config(FunctionName=name)
    return DeployedFunction(
        configuration=answer["Configuration"],
        code=download(answer["Code"]["Location"]),
        layers=(download(content["Content"]["Location"]),),
        url=url,
        statements=(),
        log_group={},
    )


def test_cfn_lint_finds_nothing() -> None:
    assert list_lint_findings(TEMPLATE) == []


def test_both_endpoints_stream() -> None:
    check_streams(cfn_yaml.loads(TEMPLATE))


@pytest.mark.slow
@pytest.mark.layer
@pytest.mark.timeout(300)  # the first may build the layer
def test_what_is_deployed_is_what_the_command_wrote(deployed: Deployment) -> None:
    configuration = deployed.function.configuration
    manifest = deployed.project.manifest

    assert deployed.status == "CREATE_COMPLETE"
    assert configuration["CodeSha256"] == manifest["function"]["code_sha256"]
    for name in ("Handler", "Runtime", "Architectures"):
        assert configuration[name] == manifest["function"][name.lower()]
    [layer] = deployed.function.layers
    assert layer == (deployed.project.folder / "build/layer.zip").read_bytes()
    assert (deployed.function.url or {})["InvokeMode"] == "RESPONSE_STREAM"
    assert deployed.integration["responseTransferMode"] == "STREAM"
    assert deployed.integration["uri"].endswith("/response-streaming-invocations")
    assert {"RestUrl", "WordsUrl"} == deployed.outputs.keys()


@pytest.mark.slow
@pytest.mark.layer
@pytest.mark.timeout(300)
async def test_what_is_deployed_streams(deployed: Deployment, tmp_path: Path) -> None:
    folder = write_deployed_assembly(deployed.function, tmp_path / "assembly")
    async with LocalCloud(folder) as cloud:
        [url] = [it.url for it in cloud.endpoints if it.kind is EndpointKind.FUNCTION_URL]
        await check_both_stream(url)
