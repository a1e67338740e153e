"""`cdk deploy` of this repository's app with the pinned CLI, into the offline AWS.

Each fixture is one command, in the order in which a developer gives them. What a test looks at was
read back right after the command, so that the tests can run in any order.
"""

import base64
import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from streambda.layer import Architecture, LayerUnavailable, ensure_layer
from streambda.local import EndpointKind, LocalCloud
from streambda.local.environments.interpreter import Machine
from tests.conftest import ShowTable
from tests.support.gate import serve_gate
from tests.support.offline_aws.cdk_cli import CdkCli, copy_app
from tests.support.offline_aws.deployed_assembly import write_deployed_assembly
from tests.support.offline_aws.deployed_resources import (
    DeployedApi,
    DeployedFunction,
    read_api,
    read_function,
)
from tests.support.offline_aws.leftovers import list_leftovers
from tests.support.offline_aws.resources.skipped_types import SKIPPED
from tests.support.offline_aws.server import ACCOUNT, REGION, OfflineAws, run_offline_aws
from tests.support.real_layer import FALLBACK

pytestmark = [
    pytest.mark.layer,
    pytest.mark.slow,
    pytest.mark.timeout(300),  # the first test may run all the commands
    pytest.mark.skipif(
        Machine.this().architecture not in set(Architecture),
        reason=f"no Python layer for {platform.machine()}",
    ),
]

STACK = "Streambda"
FUNCTIONS = ("Words", "HappyPath", "MidstreamError", "TimeOut")
GATED = Path(__file__).parent / "functions" / "gated.py"
DEPLOY = ("--require-approval", "never", "--outputs-file", "outputs.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """AWS after one `cdk deploy`."""

    printed: str
    status: str
    template: Mapping[str, object]
    outputs: Mapping[str, str]
    functions: Mapping[str, DeployedFunction]
    api: DeployedApi


@pytest.fixture(scope="module")
def layer_archive() -> Path:
    """Built now, or cached by an earlier run. The app takes it from the same cache."""
    try:
        return ensure_layer(Architecture(Machine.this().architecture), fallback=FALLBACK)
    except LayerUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deploy")


@pytest.fixture(scope="module")
def aws(folder: Path) -> Iterator[OfflineAws]:
    with run_offline_aws(folder / "aws.log") as aws:
        # As if an API of this account had written logs before.
        with aws.client("apigateway") as gateway:
            role = f"arn:aws:iam::{ACCOUNT}:role/logs"
            operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
            gateway.update_account(patchOperations=[operation])
        yield aws


@pytest.fixture(scope="module")
def cdk(aws: OfflineAws, folder: Path) -> CdkCli:
    home = folder / "home"
    home.mkdir()
    context = {"architecture": Machine.this().architecture}
    cdk = CdkCli(aws=aws, app=copy_app(folder / "app"), home=home, context=context)
    cdk.bootstrap()
    return cdk


@pytest.fixture(scope="module")
def deployed(cdk: CdkCli, layer_archive: Path) -> Deployed:
    """AWS after the first `cdk deploy`, of the app as it is."""
    return read_deployment(cdk, cdk.run_on_app("deploy", *DEPLOY))


@pytest.fixture(scope="module")
def updated(cdk: CdkCli, deployed: Deployed) -> Deployed:
    """AWS after a `cdk deploy` with another time-out and one more route."""
    stack = cdk.app / "stacks/streaming_stack.py"
    route = '        rest_api.add_stream("GET", "/words", words)\n'
    edit(stack, "cdk.Duration.seconds(3)", "cdk.Duration.seconds(7)")
    edit(stack, route, route + route.replace("/words", "/again"))
    return read_deployment(cdk, cdk.run_on_app("deploy", *DEPLOY))


@pytest.fixture(scope="module")
def differences(cdk: CdkCli, updated: Deployed) -> str:
    return cdk.run_on_app("diff", "--fail")


@pytest.fixture(scope="module")
def hotswapped(cdk: CdkCli, updated: Deployed, differences: str) -> Deployed:
    """AWS after a `cdk deploy --hotswap` of an edited handler, which now waits at a gate."""
    words = cdk.app / "lambda_src/handlers/words.py"
    words.write_text(f"{GATED.read_text()}\nhandler = two_chunks\n")
    return read_deployment(cdk, cdk.run_on_app("deploy", "--hotswap", *DEPLOY))


@pytest.fixture(scope="module")
def leftovers(cdk: CdkCli, hotswapped: Deployed) -> list[str]:
    """What is left in AWS after `cdk destroy`."""
    cdk.run("destroy", STACK, "--force", "--app", "cdk.out")
    return list_leftovers(cdk.aws)


def read_deployment(cdk: CdkCli, printed: str) -> Deployed:
    outputs = json.loads((cdk.app / "outputs.json").read_text())[STACK]
    with cdk.aws.client("cloudformation") as cloudformation:
        [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        template = cloudformation.get_template(StackName=STACK)["TemplateBody"]
    names = {name: outputs[f"{name}FunctionName"] for name in FUNCTIONS}
    return Deployed(
        printed=printed,
        status=stack["StackStatus"],
        template=template,
        outputs=outputs,
        functions={name: read_function(cdk.aws, it) for name, it in names.items()},
        api=read_api(cdk.aws),
    )


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, f"{file.name} has {text.count(old)} times {old!r}"
    file.write_text(text.replace(old, new))


def test_a_function_is_what_the_app_says(deployed: Deployed, layer_archive: Path) -> None:
    assert deployed.status == "CREATE_COMPLETE"
    for name, function in deployed.functions.items():
        configuration = function.configuration
        assert configuration["Runtime"] == "provided.al2023"
        assert configuration["Architectures"] == [Machine.this().architecture]
        assert configuration["Timeout"] == (3 if name == "TimeOut" else 60)
        assert configuration["TracingConfig"] == {"Mode": "PassThrough"}
        assert configuration["CodeSha256"] == sha256(function.code)
        [layer] = function.layers
        assert layer == layer_archive.read_bytes()


def test_a_function_logs_to_its_own_group_and_may_do_nothing_else(deployed: Deployed) -> None:
    groups = set()
    for function in deployed.functions.values():
        group = function.log_group
        groups.add(group["logGroupName"])
        assert group["retentionInDays"] == 30
        assert function.configuration["LoggingConfig"] == {
            "LogFormat": "Text",
            "LogGroup": group["logGroupName"],
        }
        [statement] = function.statements
        assert statement == {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group['logGroupName']}:*",
        }
    assert len(groups) == len(FUNCTIONS)


def test_the_function_url_streams(deployed: Deployed) -> None:
    url = deployed.functions["Words"].url

    assert url is not None
    assert (url["InvokeMode"], url["AuthType"]) == ("RESPONSE_STREAM", "AWS_IAM")
    assert url["FunctionUrl"] == deployed.outputs["WordsUrl"]
    assert [name for name in FUNCTIONS if deployed.functions[name].url] == ["Words"]


def test_the_rest_api_streams(deployed: Deployed) -> None:
    api = deployed.api

    assert api.endpoint_types == ("REGIONAL",)
    assert (api.stage["stageName"], [api.stage["deploymentId"]]) == ("prod", list(api.deployments))
    assert api.stage["accessLogSettings"]["destinationArn"].startswith("arn:aws:logs:")
    assert sorted(api.integrations) == [
        ("GET", "/midstream-error"),
        ("GET", "/words"),
        ("POST", "/words"),
    ]
    for (_, path), integration in api.integrations.items():
        name = "Words" if path == "/words" else "MidstreamError"
        function = deployed.functions[name].configuration["FunctionArn"]
        assert integration["responseTransferMode"] == "STREAM"
        assert integration["timeoutInMillis"] == 60_000
        assert integration["credentials"].startswith(f"arn:aws:iam::{ACCOUNT}:role/")
        assert integration["uri"] == (
            f"arn:aws:apigateway:{REGION}:lambda:path/2021-11-15/functions/{function}"
            "/response-streaming-invocations"
        )


def test_every_resource_but_metadata_was_created(deployed: Deployed, show_table: ShowTable) -> None:
    resources = deployed.template["Resources"]
    assert isinstance(resources, dict)
    skipped = {it["Type"] for it in resources.values()} & SKIPPED.keys()

    show_table("Read back from the offline AWS after `cdk deploy`", summarise(deployed))
    show_table("The types for which the offline AWS creates nothing", dict(SKIPPED))
    assert skipped <= {"AWS::CDK::Metadata"}


async def test_the_deployed_code_streams_on_the_deployed_layer(
    deployed: Deployed, tmp_path: Path
) -> None:
    folder = write_deployed_assembly(deployed.functions["Words"], tmp_path / "assembly")
    query = {"sentence": "one two three", "format": "text"}
    # The handler has no gate, but its longest pause is longer than any stop of this machine. What
    # is held back would come together with the second word.
    slow = query | {"pause_ms": "10000"}
    async with LocalCloud(folder) as cloud, httpx.AsyncClient(timeout=60) as http:
        whole = await http.get(function_url(cloud), params=query | {"pause_ms": "0"})
        async with http.stream("GET", function_url(cloud), params=slow) as response:
            first = await anext(response.aiter_raw())

    assert (whole.status_code, whole.content) == (200, b"one\ntwo\nthree\n")
    assert (response.status_code, first) == (200, b"one\n")


def test_a_second_deploy_changes_only_what_was_edited(
    deployed: Deployed, updated: Deployed
) -> None:
    assert updated.status == "UPDATE_COMPLETE"
    assert updated.functions["TimeOut"].configuration["Timeout"] == 7
    assert updated.outputs == deployed.outputs
    for name in FUNCTIONS:
        before, now = deployed.functions[name], updated.functions[name]
        assert (now.code, now.layer_arns) == (before.code, before.layer_arns)
    assert updated.api.integrations.keys() - deployed.api.integrations.keys() == {("GET", "/again")}
    # The stage has a new deployment, and the old one has been deleted.
    assert not set(updated.api.deployments) & set(deployed.api.deployments)
    assert list(updated.api.deployments) == [updated.api.stage["deploymentId"]]


def test_after_a_deploy_there_is_no_difference(differences: str) -> None:
    assert "There were no differences" in differences


async def test_hotswapped_code_streams(
    updated: Deployed, hotswapped: Deployed, tmp_path: Path
) -> None:
    assert "hotswapped" in hotswapped.printed
    assert hotswapped.template == updated.template  # the stack has not been touched
    words = hotswapped.functions["Words"]
    assert words.code != updated.functions["Words"].code
    async with (
        serve_gate() as gate,
        LocalCloud(write_deployed_assembly(words, tmp_path / "assembly")) as cloud,
        httpx.AsyncClient(timeout=30) as http,
        http.stream("GET", function_url(cloud), params={"gate": gate.port}) as response,
    ):
        chunks = response.aiter_raw()
        first = await anext(chunks)
        await gate.open()  # only now can the handler make the second chunk
        rest = b"".join([chunk async for chunk in chunks])

    assert (response.status_code, first, rest) == (201, b"first\n", b"second\n")


def test_destroy_leaves_nothing_but_the_bootstrap_stack(leftovers: list[str]) -> None:
    assert leftovers == []


def function_url(cloud: LocalCloud) -> str:
    return next(
        endpoint.url for endpoint in cloud.endpoints if endpoint.kind is EndpointKind.FUNCTION_URL
    )


def sha256(content: bytes) -> str:
    """In the form of Lambda's CodeSha256."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def summarise(deployed: Deployed) -> dict[str, object]:
    words, api = deployed.functions["Words"], deployed.api
    integration = api.integrations["POST", "/words"]
    return {
        "functions": ", ".join(deployed.functions),
        "Runtime": words.configuration["Runtime"],
        "Architectures": words.configuration["Architectures"],
        "Layers": words.layer_arns,
        "layer's SHA-256": hashlib.sha256(words.layers[0]).hexdigest(),
        "InvokeMode": (words.url or {})["InvokeMode"],
        "responseTransferMode": integration["responseTransferMode"],
        "timeoutInMillis": integration["timeoutInMillis"],
        "the role may": [statement["Action"] for statement in words.statements],
        "LoggingConfig": words.configuration["LoggingConfig"],
        "retentionInDays": words.log_group["retentionInDays"],
    }
