"""The local cloud for ordinary code, and calls without a endpoint."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from streambda.local import InvocationFailed, LocalCloudError, SynthesisError, local_cloud
from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.local_assembly import function, rest_api, url, write_assembly
from tests.support.small_app import write_app
from tests.support.wait_until import wait_until_blocking


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingCloud]:
    resources = {
        "Words": function(FunctionName="Words"),
        "Full": function(FunctionName="Full", ReservedConcurrentExecutions=0),
        "BufferedUrl": url("Words", "BUFFERED"),
        "WordsUrl": url("Words"),
        **rest_api("Words"),
    }
    folder = write_assembly(tmp_path_factory.mktemp("assembly") / "cdk.out", resources)
    with blocking_cloud(assembly=folder) as running:
        yield running


def got(at: str) -> bytes:
    with urllib.request.urlopen(at, timeout=20) as answer:
        return bytes(answer.read())


def test_doors_by_name(cloud: BlockingCloud) -> None:
    streaming = [
        endpoint.url
        for endpoint in cloud.endpoints
        if endpoint.name == "Words" and endpoint.streams
    ]

    assert [cloud.function_url("Words")] == streaming
    assert cloud.rest_api() == cloud.rest_api("Api") == cloud.rest_api("Api", "prod")
    assert got(cloud.function_url("Words") + "words") == b"one two"
    assert got(cloud.rest_api() + "words") == b"one two"
    assert [one.name for one in cloud.functions] == ["Words", "Full"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Full", "Full has no function URL, expected one of Words"),
        ("Nobody", "no function 'Nobody', expected one of .*Words"),
        ("a b", "no function 'a b', expected one of .*Words"),
    ],
)
def test_no_such_function_url(name: str, message: str, cloud: BlockingCloud) -> None:
    with pytest.raises(LocalCloudError, match=message):
        cloud.function_url(name)


def test_no_such_rest_api(cloud: BlockingCloud) -> None:
    with pytest.raises(
        LocalCloudError, match=r"0 REST APIs match \*/beta, expected one of Api/prod"
    ):
        cloud.rest_api(stage="beta")


def test_an_app_without_a_rest_api(tmp_path: Path) -> None:
    write_assembly(tmp_path, {})

    with (
        blocking_cloud(assembly=tmp_path) as cloud,
        pytest.raises(LocalCloudError, match=r"^the app has no REST API$"),
    ):
        cloud.rest_api()


def test_invoking(cloud: BlockingCloud) -> None:
    assert list(cloud.invoke_stream("Words", {"do": "words"})) == [b"one ", b"two"]
    assert cloud.invoke("Words", b'{"do": "words"}') == b"one two"
    # A line comes by another way than the bytes do, and perhaps later.
    wait_until_blocking(lambda: any(line.text == "said two words" for line in cloud.lines))


def test_an_invocation_that_fails(cloud: BlockingCloud) -> None:
    stream = cloud.invoke_stream("Words", {"do": "undeclared"})
    assert list(stream) == [b"one"]
    with pytest.raises(InvocationFailed, match="boom") as caught:
        cloud.invoke("Words", {"do": "fails_before"})
    assert caught.value.code == "Unhandled"
    assert json.loads(caught.value.details or "")["errorType"] == "ValueError"
    with pytest.raises(InvocationFailed, match="TooManyRequestsException"):
        cloud.invoke("Full")


def test_a_stream_that_is_left_runs_on(cloud: BlockingCloud) -> None:
    stream = cloud.invoke_stream("Words", {"do": "large_stream"})
    assert next(stream)
    del stream

    assert cloud.invoke("Words", {"do": "words"}) == b"one two"


def test_the_client_of_boto3(cloud: BlockingCloud) -> None:
    client = cloud.lambda_client()
    answer = client.invoke_with_response_stream(FunctionName="Words", Payload=b'{"do": "words"}')
    chunks = [
        event["PayloadChunk"]["Payload"]
        for event in answer["EventStream"]
        if len(event) == 1 and "PayloadChunk" in event
    ]
    client.close()

    assert b"".join(chunks) == b"one two"


@pytest.mark.slow
def test_an_app(tmp_path: Path) -> None:
    app = write_app(tmp_path, {"Words": function(FunctionName="Words")})

    with blocking_cloud(folder=tmp_path) as by_cdk_json:
        assert by_cdk_json.invoke("Words", {"do": "words"}) == b"one two"
    with blocking_cloud(app=app.command, folder=tmp_path) as cloud:
        assert cloud.invoke("Words", {"do": "words"}) == b"one two"


async def test_what_cannot_be_both(tmp_path: Path) -> None:
    with pytest.raises(SynthesisError, match="assembly is given together with an app"):
        async with local_cloud(assembly=tmp_path, app="x"):
            raise AssertionError("not reached")


def test_what_fails_at_the_start_is_raised_here(tmp_path: Path) -> None:
    with (
        pytest.raises(LocalCloudError, match="is not a CDK assembly"),
        blocking_cloud(assembly=tmp_path),
    ):
        raise AssertionError("not reached")
