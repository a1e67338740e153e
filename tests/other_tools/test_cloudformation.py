"""The CloudFormation template of docs/other-tools.md, deployed to the offline AWS.

What AWS has then is run by the local cloud, on the layer that was deployed with it.
"""

import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cfnlint.decode import cfn_yaml

from streambda.layer import Architecture, LayerUnavailable, ensure_layer
from streambda.local import EndpointKind, LocalCloud
from streambda.local.environments.interpreter import Machine
from tests.other_tools.conftest import make_project
from tests.support.gate import serve_gate
from tests.support.offline_aws.deployed_assembly import write_deployed_assembly
from tests.support.offline_aws.deployed_resources import DeployedFunction, download, read_api
from tests.support.offline_aws.server import OfflineAws, run_offline_aws
from tests.support.other_tools import check_streams, list_lint_findings, read_template
from tests.support.real_layer import FALLBACK

TEMPLATE = read_template("CloudFormation")
BUCKET = "words-of-somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """`build` is what `streambda package` wrote; the rest is what AWS has."""

    build: Path
    status: str
    outputs: dict[str, str]
    function: DeployedFunction
    integration: dict[str, Any]

    @property
    def manifest(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.build / "manifest.json").read_text())
        return read


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    architecture = Machine.this().architecture
    if architecture not in set(Architecture):
        pytest.skip(f"no Python layer for {platform.machine()}")
    try:
        archive = ensure_layer(Architecture(architecture), fallback=FALLBACK)
    except LayerUnavailable as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("cloudformation")
    make_project(folder / "project", archive, Architecture(architecture))
    with run_offline_aws(folder / "aws.log") as aws:
        yield deploy(aws, folder / "project/build", TEMPLATE.replace("arm64", architecture))


def deploy(aws: OfflineAws, build: Path, template: str) -> Deployment:
    manifest = json.loads((build / "manifest.json").read_text())
    keys = {part: f"{manifest[part]['sha256']}.zip" for part in ("function", "layer")}
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
        build=build,
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
    manifest = deployed.manifest

    assert deployed.status == "CREATE_COMPLETE"
    assert configuration["CodeSha256"] == manifest["function"]["code_sha256"]
    for name in ("Handler", "Runtime", "Architectures"):
        assert configuration[name] == manifest["function"][name.lower()]
    [layer] = deployed.function.layers
    assert layer == (deployed.build / "layer.zip").read_bytes()
    assert (deployed.function.url or {})["InvokeMode"] == "RESPONSE_STREAM"
    assert deployed.integration["responseTransferMode"] == "STREAM"
    assert deployed.integration["uri"].endswith("/response-streaming-invocations")
    assert {"RestUrl", "WordsUrl"} == deployed.outputs.keys()


@pytest.mark.slow
@pytest.mark.layer
@pytest.mark.timeout(300)
async def test_what_is_deployed_streams(deployed: Deployment, tmp_path: Path) -> None:
    folder = write_deployed_assembly(deployed.function, tmp_path / "assembly")
    async with (
        serve_gate() as gate,
        LocalCloud(folder) as cloud,
        httpx.AsyncClient(timeout=60, trust_env=False) as http,
    ):
        [url] = [it.url for it in cloud.endpoints if it.kind is EndpointKind.FUNCTION_URL]
        async with http.stream("GET", url, params={"gate": gate.port}) as response:
            chunks = response.aiter_raw()
            first = await anext(chunks)
            await gate.open()  # only now can the handler make the second chunk
            rest = b"".join([chunk async for chunk in chunks])

    assert (response.status_code, first, rest) == (201, b"first\n", b"second\n")
