"""Values, credentials and regions as functions meet them in a running cloud, and what is said."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from rich.console import Console

from streambda.local import AuthMode, EndpointKind, EndpointOptions, LocalCloud, LocalCloudError
from streambda.local.blocking import blocking_cloud
from streambda.local.serve import ServeOptions, run_cloud
from streambda.local.terminal import Terminal, describe_endpoints
from tests.support.endpoint_clouds import api, url_of
from tests.support.fake_cloudformation import exports, fake_cloudformation, resources, stack
from tests.support.local_assembly import function, url, write_assembly
from tests.support.no_tls import NO_TLS
from tests.support.own_pytest import run_pytest
from tests.support.screen import Screen

pytest_plugins = ["pytester"]

EMPTY: dict[str, Any] = {"Type": "AWS::DynamoDB::Table"}


def words(**variables: Any) -> dict[str, Any]:
    return function(FunctionName="Words", Environment={"Variables": variables})


def place_in(folder: Path, environment: str) -> Path:
    """The assembly's stack, for an account and a region."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"]["Stack"]["environment"] = environment
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


async def variables_of(cloud: LocalCloud, name: str = "Words") -> dict[str, str]:
    event = {"do": "environment"}
    text = b"".join([chunk async for chunk in cloud.invoke_stream(name, event)])
    found: dict[str, str] = json.loads(text)
    return found


@dataclass
class Said:
    lines: list[tuple[str, str]] = field(default_factory=list)

    def log(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    @property
    def gaps(self) -> list[tuple[str, str]]:
        return [(name, line) for name, line in self.lines if "only after deployment" in line]


TEMPLATE: dict[str, Any] = {
    "Parameters": {"Level": {"Type": "String", "AllowedValues": ["debug", "info"]}}
}


async def test_the_first_that_knows_a_value_wins(tmp_path: Path) -> None:
    """Env file, given parameter, deployed stack, template: for each variable the first of them."""
    variables = {name: {"Ref": "Level"} for name in ("FILE", "OPTION")} | {
        "TABLE": {"Ref": "Table"}
    }
    written = write_assembly(
        tmp_path / "out", {"Words": words(**variables), "Table": EMPTY}, **TEMPLATE
    )
    (tmp_path / ".env").write_text("FILE=file\nEXTRA=new")
    answers = {
        "DescribeStacks": [
            stack(
                "<Parameters><member><ParameterKey>Level</ParameterKey>"
                "<ParameterValue>info</ParameterValue></member></Parameters>"
            )
        ],
        "ListStackResources": [resources({"Table": ("AWS::DynamoDB::Table", "app-1X")})],
        "ListExports": [exports({})],
    }
    said = Said()
    with fake_cloudformation(answers) as (at, _), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", at)
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "s")
        async with LocalCloud(
            written,
            log=said.log,
            env_file=tmp_path / ".env",
            parameters={"Level": "debug"},
            from_stack="App",
        ) as cloud:
            found = await variables_of(cloud)
        async with LocalCloud(written, from_stack=["App"]) as cloud:
            without = await variables_of(cloud)

    assert [found[name] for name in ("FILE", "EXTRA", "OPTION")] == ["file", "new", "debug"]
    assert (found["TABLE"], found["AWS_REGION"]) == ("app-1X", "eu-west-1")
    assert (without["OPTION"], said.gaps) == ("info", [])


async def test_what_is_missing_is_named_function_by_function(tmp_path: Path) -> None:
    other = function(FunctionName="Other", Environment={"Variables": {"T": {"Ref": "Table"}}})
    gaps = words(TABLE={"Ref": "Table"}, KEY="{{resolve:ssm:/key}}", PLAIN="x")
    written = write_assembly(tmp_path, {"Words": gaps, "Other": other, "Table": EMPTY})
    said = Said()

    async with LocalCloud(written, log=said.log) as cloud:
        found = await variables_of(cloud)

    known = "is known only after deployment: it needs"
    assert said.gaps == [
        ("Words", f"TABLE {known} Table (AWS::DynamoDB::Table)"),
        ("Words", f"KEY {known} {{{{resolve:ssm:/key}}}}"),
        ("Other", f"T {known} Table (AWS::DynamoDB::Table)"),
    ]
    assert found["TABLE"] == "<Table: known after deployment>"  # no name that might be one
    assert found["PLAIN"] == "x"


async def test_none_is_nothing_given(tmp_path: Path) -> None:
    """As where a program passes on what it may have."""
    written = write_assembly(tmp_path, {"Words": words(A="b")})

    async with LocalCloud(
        written, env_file=None, parameters=None, from_stack=None, profile=None, debug=None
    ) as cloud:
        assert (await variables_of(cloud))["A"] == "b"


async def test_gaps_in_a_program(tmp_path: Path) -> None:
    written = write_assembly(tmp_path, {"Words": words(T={"Ref": "Table"}), "Table": EMPTY})

    async with LocalCloud(written) as cloud:
        assert cloud.unresolved == {"Words": {"T": "Table (AWS::DynamoDB::Table)"}}


async def test_a_reload_keeps_values_and_names_new_gaps_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1")
    first = write_assembly(
        tmp_path / "1",
        {"Words": words(P={"Ref": "Level"}, T={"Ref": "Table"}), "Table": EMPTY},
        **TEMPLATE,
    )
    second = write_assembly(
        tmp_path / "2",
        {
            "Words": words(P={"Ref": "Level"}, T={"Ref": "Table"}, U={"Ref": "Table"}),
            "Table": EMPTY,
        },
        **TEMPLATE,
    )
    said = Said()
    async with LocalCloud(
        first, log=said.log, env_file=[path], parameters={"Level": "info"}
    ) as cloud:
        assert (await variables_of(cloud))["A"] == "1"
        path.write_text("A=2")
        said.lines.clear()
        await cloud.update(second)
        found = await variables_of(cloud)
        assert (found["A"], found["P"]) == ("2", "info")
        assert [line.split()[0] for _, line in said.gaps] == ["U"]

        path.write_text("broken")
        with pytest.raises(LocalCloudError, match="line 1 is not NAME=VALUE"):
            await cloud.update(second)
        assert (await variables_of(cloud))["A"] == "2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"env_file": "none.env"}, "--env-file none.env: cannot be read"),
        ({"env_file": "Nobody=/dev/null"}, "no function 'Nobody', expected one of Words"),
        ({"env_file": {"Nobody": "/dev/null"}}, "no function 'Nobody', expected one of Words"),
        ({"parameters": {"Nothing": "x"}}, "--parameter Nothing: .* expected one of Level"),
        ({"parameters": "Level"}, "--parameter Level: expected NAME=VALUE or STACK:NAME=VALUE"),
        ({"parameters": ["Level=x"]}, "'x' is not allowed, expected one of debug, info"),
        ({"parameters": {"Level": "x"}}, "'x' is not allowed, expected one of debug, info"),
        ({"credentials": "mine"}, "--credentials is 'mine', expected developer or none"),
    ],
)
async def test_a_wrong_option_of_a_program_is_one_line(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    written = write_assembly(tmp_path, {"Words": words()}, **TEMPLATE)

    with pytest.raises(LocalCloudError, match=message) as caught:
        async with LocalCloud(written, **options):
            pytest.fail("started")
    assert "\n" not in str(caught.value)


async def test_none_of_the_developers_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMINE0000000000XY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    written = write_assembly(tmp_path, {"Words": words()})

    async with LocalCloud(written) as cloud:
        mine, line = await variables_of(cloud), cloud.credentials
    async with LocalCloud(written, credentials="none") as cloud:
        dummy = await variables_of(cloud)

    assert (mine["AWS_ACCESS_KEY_ID"], mine["AWS_SECRET_ACCESS_KEY"]) == (
        "AKIAMINE0000000000XY",
        "mine",
    )
    assert "AWS_SESSION_TOKEN" not in mine
    assert "access key …00XY, from the environment" in line
    assert dummy["AWS_ACCESS_KEY_ID"] == "local"


@pytest.mark.parametrize(
    ("environment", "mine", "region", "account_id"),
    [
        ("aws://111122223333/eu-west-1", "eu-north-1", "eu-west-1", "111122223333"),
        ("aws://unknown-account/unknown-region", "eu-north-1", "eu-north-1", "123456789012"),
        ("aws://unknown-account/unknown-region", "", "us-east-1", "123456789012"),
    ],
)
async def test_the_region_of_the_stack_is_everywhere(
    environment: str,
    mine: str,
    region: str,
    account_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In variables, ARNs, events, signatures and what is printed."""
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", mine)
    signed_url = url("Words")
    signed_url["Properties"]["AuthType"] = "AWS_IAM"
    parts = {"Words": words(), "Url": signed_url, **api("Words", AuthorizationType="AWS_IAM")}
    written = place_in(write_assembly(tmp_path, parts), environment)
    strict = EndpointOptions(auth=AuthMode.ENFORCE)

    async with LocalCloud(written, options=strict) as cloud:
        found = await variables_of(cloud)
        at = f"{url_of(cloud, EndpointKind.FUNCTION_URL)}echo"
        rest = f"{url_of(cloud, EndpointKind.REST_API)}echo"
        event = (await call_signed(at, "lambda", region)).json()["event"]
        rest_event = (await call_signed(rest, "execute-api", region)).json()["event"]
        elsewhere = await call_signed(at, "lambda", "sa-east-1")
        printed = "\n".join(describe_endpoints(cloud))
        arn = cloud.functions[0].arn

    assert (found["AWS_REGION"], found["AWS_DEFAULT_REGION"]) == (region, region)
    assert arn == f"arn:aws:lambda:{region}:{account_id}:function:Words"
    assert event["requestContext"]["accountId"] == account_id
    assert rest_event["requestContext"]["accountId"] == account_id
    assert elsewhere.status_code == 403
    assert "valid region, not 'sa-east-1'" in elsewhere.text
    assert f"region_name='{region}'" in printed
    assert f"aws:amz:{region}:lambda" in printed
    assert f"aws:amz:{region}:execute-api" in printed


async def call_signed(at: str, service: str, region: str) -> httpx.Response:
    request = AWSRequest(method="GET", url=at)
    SigV4Auth(Credentials("local", "local"), service, region).add_auth(request)
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS, timeout=20) as http:
        return await http.get(at, headers=dict(request.headers))


def test_boto3_of_a_test_signs_for_the_region(tmp_path: Path) -> None:
    written = write_assembly(tmp_path, {"Words": words()})
    strict = EndpointOptions(auth=AuthMode.ENFORCE)
    with blocking_cloud(
        assembly=place_in(written, "aws://111122223333/ap-south-1"), options=strict
    ) as cloud:
        client = cloud.lambda_client()
        try:
            answer = client.invoke(FunctionName="Words", Payload=b'{"do": "words"}')
            with answer["Payload"] as payload:
                assert payload.read() == b"one two"
        finally:
            client.close()
        assert client.meta.region_name == "ap-south-1"


async def test_the_start_tells_of_gaps_credentials_and_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMINE0000000000XY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine-and-secret")
    written = write_assembly(tmp_path, {"Words": words(T={"Ref": "Table"}), "Table": EMPTY})
    screen = Screen()

    options = ServeOptions(port=0, credentials="developer")
    async with run_cloud(place_in(written, "aws://1/x"), options, Terminal(Console(file=screen))):
        printed = screen.getvalue()

    assert "T is known only after deployment: it needs Table (AWS::DynamoDB::Table)" in printed
    assert "give them with --env-file, --parameter or --from-stack" in printed
    assert "==> credentials: functions have yours: access key …00XY, from the env" in printed
    assert "region: us-east-1" in printed
    assert "mine-and-secret" not in printed


FIXTURE_TEST = """
    import json

    def test_values(streambda_cloud):
        cloud = streambda_cloud(
            assembly="out",
            env_file="Words=words.env",
            parameters={"Level": "debug"},
            credentials="none",
        )
        found = json.loads(cloud.invoke("Words", {"do": "environment"}))
        assert (found["A"], found["LEVEL"]) == ("b", "debug")
        assert [line.text for line in cloud.lines if line.function == "Words"][0] == (
            "T is known only after deployment: it needs Table (AWS::DynamoDB::Table)"
        )

    def test_wrong(streambda_cloud):
        streambda_cloud(assembly="out", parameters={"Nothing": "x"})
"""


@pytest.mark.slow
def test_the_fixture_takes_the_same_options(pytester: pytest.Pytester) -> None:
    gaps = words(LEVEL={"Ref": "Level"}, T={"Ref": "Table"})
    write_assembly(pytester.path / "out", {"Words": gaps, "Table": EMPTY}, **TEMPLATE)
    (pytester.path / "words.env").write_text("A=b")
    pytester.makepyfile(FIXTURE_TEST)

    result = run_pytest(pytester)

    result.assert_outcomes(passed=1, failed=1)
    assert "Traceback" not in result.stdout.str()
    assert "streambda_cloud: --parameter Nothing: no template has" in result.stdout.str()
