"""Endpoints that need a signature: what signers and others get, and what the function is told."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from streambda.local import (
    AccessKey,
    AuthMode,
    EndpointKind,
    EndpointOptions,
    LocalCloud,
    LocalCloudError,
)
from streambda.local.auth.keys import LOCAL_KEY
from streambda.local.terminal import describe_endpoints
from tests.local.conftest import LogLines, Sdk
from tests.support.endpoint_clouds import api, running, running_in_thread, url_of
from tests.support.local_assembly import function, url, write_assembly

ENFORCE = EndpointOptions(
    auth=AuthMode.ENFORCE, keys=(AccessKey.parse("AKIDMINE:s/ec+ret:to/ken"),)
)
MINE = Credentials("AKIDMINE", "s/ec+ret", "to/ken")
LOCAL = Credentials("local", "local")


def resources() -> dict[str, Any]:
    signed_url = url("Words")
    signed_url["Properties"]["AuthType"] = "AWS_IAM"
    return {
        "Words": function(FunctionName="Words"),
        "Url": signed_url,
        **api("Words", AuthorizationType="AWS_IAM"),
    }


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    folder = tmp_path_factory.mktemp("strict") / "cloud"
    with running_in_thread(folder, resources(), ENFORCE) as cloud:
        yield cloud


@pytest.fixture
async def lenient(tmp_path: Path, lines: LogLines) -> AsyncIterator[LocalCloud]:
    async with running(tmp_path, resources(), lines=lines) as cloud:
        yield cloud


def signed(
    address: str,
    service: str,
    credentials: Credentials = MINE,
    *,
    content: bytes | None = None,
    expires_s: int | None = None,
) -> httpx.Request:
    method = "POST" if content else "GET"
    request = AWSRequest(method=method, url=address, data=content)
    if expires_s:
        SigV4QueryAuth(credentials, service, "us-east-1", expires=expires_s).add_auth(request)
    else:
        SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return httpx.Request(method, request.url, headers=dict(request.headers), content=content)


SERVICES = [(EndpointKind.FUNCTION_URL, "lambda"), (EndpointKind.REST_API, "execute-api")]


PATHS = ["echo", "a%20b%2Fc/echo?x=%20%2B&x=1&y=", "echo?a=b~c"]


async def test_a_signed_request_is_accepted(strict: LocalCloud, http: httpx.AsyncClient) -> None:
    for (kind, service), path, credentials in product(SERVICES, PATHS, [MINE, LOCAL]):
        reply = await http.send(signed(url_of(strict, kind) + path, service, credentials))

        assert reply.status_code == 200, (kind, path)
        assert credentials.access_key in json.dumps(reply.json()["event"]["requestContext"])


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "service"), SERVICES)
async def test_body_is_signed_too(
    kind: EndpointKind, service: str, strict: LocalCloud, http: httpx.AsyncClient
) -> None:
    good = signed(f"{url_of(strict, kind)}echo", service, content=b"\x00\xff")
    forged = httpx.Request("POST", good.url, headers=dict(good.headers), content=b"\x00\xfe")

    assert (await http.send(good)).status_code == 200
    reply = await http.send(forged)
    assert (reply.status_code, reply.headers["x-amzn-errortype"]) == (
        403,
        "InvalidSignatureException",
    )
    assert "signature we calculated does not match" in reply.json()["message"]


@pytest.mark.parametrize(("kind", "service"), SERVICES)
async def test_presigned_url(
    kind: EndpointKind, service: str, strict: LocalCloud, http: httpx.AsyncClient
) -> None:
    address = f"{url_of(strict, kind)}words"
    reply = await http.send(signed(address, service, expires_s=60))

    assert reply.content == b"one two"


async def test_event_names_the_signer(strict: LocalCloud, http: httpx.AsyncClient) -> None:
    reply = await http.send(signed(f"{url_of(strict, EndpointKind.FUNCTION_URL)}echo", "lambda"))
    context = reply.json()["event"]["requestContext"]
    reply = await http.send(signed(f"{url_of(strict, EndpointKind.REST_API)}echo", "execute-api"))
    identity = reply.json()["event"]["requestContext"]["identity"]

    iam = context["authorizer"]["iam"]
    arn = "arn:aws:iam::123456789012:user/AKIDMINE"
    assert (context["accountId"], iam["accessKey"], iam["userArn"]) == (
        "123456789012",
        "AKIDMINE",
        arn,
    )
    assert (identity["accessKey"], identity["userArn"], identity["accountId"]) == (
        "AKIDMINE",
        arn,
        "123456789012",
    )


async def test_unsigned_request_is_refused_by_a_function_url(
    strict: LocalCloud, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{url_of(strict, EndpointKind.FUNCTION_URL)}words")

    assert (reply.status_code, reply.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert reply.json()["Message"].startswith("Forbidden. For troubleshooting Function URL")


async def test_unsigned_request_is_refused_by_a_rest_api(
    strict: LocalCloud, http: httpx.AsyncClient
) -> None:
    address = f"{url_of(strict, EndpointKind.REST_API)}words"
    unsigned = await http.get(address)
    bearer = await http.get(address, headers={"authorization": "Bearer abc"})

    assert (unsigned.status_code, unsigned.json()) == (
        403,
        {"message": "Missing Authentication Token"},
    )
    assert unsigned.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert bearer.headers["x-amzn-errortype"] == "IncompleteSignatureException"
    assert "not a valid key=value pair" in bearer.json()["message"]


WRONG = [
    (Credentials("AKIDMINE", "s/ec+ret"), "UnrecognizedClientException"),
    (Credentials("AKIDMINE", "s/ec+ret", "other"), "UnrecognizedClientException"),
    (Credentials("AKIDMINE", "wrong", "to/ken"), "InvalidSignatureException"),
    (Credentials("nobody", "local"), "UnrecognizedClientException"),
]


async def test_a_wrong_signature_is_refused(strict: LocalCloud, http: httpx.AsyncClient) -> None:
    for (kind, service), (credentials, exception) in product(SERVICES, WRONG):
        reply = await http.send(signed(f"{url_of(strict, kind)}words", service, credentials))

        assert (reply.status_code, reply.headers["x-amzn-errortype"]) == (403, exception)


def lambda_client(endpoint: str, key: str, secret: str) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [
        ("local", "wrong", "InvalidSignatureException"),
        ("nobody", "local", "UnrecognizedClientException"),
    ],
)
async def test_lambda_api_refuses_wrong_keys(
    key: str, secret: str, code: str, strict: LocalCloud, sdk_of: Any
) -> None:
    sdk: Sdk = sdk_of(lambda_client(strict.lambda_url, key, secret))

    with pytest.raises(ClientError) as caught:
        await sdk.call("invoke", FunctionName="Words")

    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.fixture
def sdk_of() -> Any:
    opened: list[Any] = []

    def wrap(client: Any) -> Sdk:
        sdk = Sdk.__new__(Sdk)
        sdk._streams, sdk.client = [], client
        opened.append(sdk)
        return sdk

    yield wrap
    for sdk in opened:
        sdk.close()


async def test_lambda_api_lets_a_known_key_stream(strict: LocalCloud, sdk_of: Any) -> None:
    sdk: Sdk = sdk_of(lambda_client(strict.lambda_url, "local", "local"))

    events = await sdk.events(FunctionName="Words")

    assert events[-1] == {"InvokeComplete": {}}


async def test_lambda_api_refuses_whoever_has_not_signed(
    strict: LocalCloud, http: httpx.AsyncClient
) -> None:
    path = "/2015-03-31/functions/Words/invocations"
    reply = await http.post(strict.lambda_url + path)

    assert (reply.status_code, reply.json()) == (403, {"message": "Missing Authentication Token"})
    assert reply.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


@pytest.mark.slow
async def test_unsigned_requests_are_accepted_with_one_warning_an_endpoint(
    lenient: LocalCloud, lines: LogLines, http: httpx.AsyncClient
) -> None:
    for kind in (EndpointKind.FUNCTION_URL, EndpointKind.REST_API):
        for _ in range(3):
            assert (await http.get(f"{url_of(lenient, kind)}words")).content == b"one two"
    path = "/2015-03-31/functions/function/invocations"
    for _ in range(2):
        assert (await http.post(lenient.lambda_url + path)).content == b"one two"

    warnings = [(name, line) for name, line in lines if "AWS would refuse" in line]
    assert [name for name, _ in warnings] == ["Words", "Api", "lambda"]
    assert all("refuse: Missing Authentication Token (" in line for _, line in warnings)


async def test_a_good_signature_is_no_reason_to_warn(
    lenient: LocalCloud, lines: LogLines, http: httpx.AsyncClient
) -> None:
    address = f"{url_of(lenient, EndpointKind.FUNCTION_URL)}echo"
    reply = await http.send(signed(address, "lambda", LOCAL))

    assert reply.json()["event"]["requestContext"]["authorizer"]["iam"]["accessKey"] == "local"
    assert not any("AWS would refuse" in line for _, line in lines)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.com"])
async def test_wider_bind_needs_enforcement(host: str, tmp_path: Path) -> None:
    folder = write_assembly(tmp_path, {})

    with pytest.raises(LocalCloudError, match="needs --auth enforce"):
        async with LocalCloud(folder, host=host):
            raise AssertionError("not reached")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_enforcement(host: str) -> None:
    EndpointOptions().check_host(host)
    assert LOCAL_KEY in EndpointOptions().known_keys(host)


def test_the_local_key_is_refused_from_other_machines() -> None:
    ENFORCE.check_host("0.0.0.0")
    assert ENFORCE.known_keys("0.0.0.0") == ENFORCE.keys


@pytest.mark.parametrize("text", ["", "id", "id:", ":secret", "id:secret:"])
def test_a_malformed_key(text: str) -> None:
    with pytest.raises(LocalCloudError, match="expected ID:SECRET or") as caught:
        AccessKey.parse(text)
    assert "secret:" not in str(caught.value)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
async def test_the_curl_lines_of_the_terminal_are_accepted(strict: LocalCloud) -> None:
    lines = [line.strip() for line in describe_endpoints(strict)]
    [at_url] = [line for line in lines if line.startswith("curl ")]
    assert any("--aws-sigv4 aws:amz:us-east-1:execute-api --user local:local" in it for it in lines)

    words = at_url.replace("/'", "/words'")
    process = await asyncio.create_subprocess_shell(
        f"{words} -s -o /dev/null -w '%{{http_code}}'", stdout=asyncio.subprocess.PIPE
    )

    assert (await process.communicate())[0] == b"201"


async def test_curl_lines_do_not_sign_if_unsigned_requests_are_accepted(
    lenient: LocalCloud,
) -> None:
    assert not any("--aws-sigv4" in line for line in describe_endpoints(lenient))


async def test_a_key_of_your_own_is_not_on_the_screen(tmp_path: Path) -> None:
    write_assembly(tmp_path, resources())
    cloud = LocalCloud(tmp_path, host="0.0.0.0", options=ENFORCE)

    assert cloud.signer == "ID:SECRET"
