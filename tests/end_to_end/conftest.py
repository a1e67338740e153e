"""The whole way: constructs, their assembly, the local cloud, the runtime, real clients."""

from collections.abc import AsyncIterator
from pathlib import Path

import aws_cdk as cdk
import boto3
import httpx
import pytest
from botocore.config import Config

from streambda.cdk import StreamingFunction, StreamingRestApi
from streambda.local import EndpointKind, LocalCloud
from tests.support.endpoint_calls import Endpoints, FunctionLog
from tests.support.no_tls import NO_TLS

FUNCTIONS = Path(__file__).parent / "functions"
HANDLERS = ("two_chunks", "fails", "document", "binary", "empty")
TIMEOUT_S = {"fails": 10}  # one test waits for it


class Stack(cdk.Stack):
    """Every handler of functions/gated.py, each with a Function URL and a REST API resource."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "EndToEnd")
        api = StreamingRestApi(self, "Api")
        for name in HANDLERS:
            function = StreamingFunction(
                self,
                name,
                entry=FUNCTIONS,
                handler=f"gated.{name}",
                timeout=cdk.Duration.seconds(TIMEOUT_S.get(name, 30)),
            )
            function.add_function_url()
            api.add_stream("ANY", f"/{name}", function)
        api.add_stream("GET", "/items/{id}", function)


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthesised without the Python layer: the functions run on the Python that runs the tests."""
    folder = tmp_path_factory.mktemp("assembly")
    app = cdk.App(outdir=str(folder), context={"streambda:python-layer": "none"})
    Stack(app)
    app.synth()
    return folder


@pytest.fixture
async def endpoints(assembly: Path) -> AsyncIterator[Endpoints]:
    """A local cloud on free ports, with its clients."""
    log = FunctionLog()
    async with (
        LocalCloud(assembly, log=log) as cloud,
        httpx.AsyncClient(timeout=30, trust_env=False, verify=NO_TLS) as http,
    ):
        client = boto3.client(
            "lambda",
            endpoint_url=cloud.lambda_url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"max_attempts": 0}, read_timeout=30),
        )
        (rest,) = (
            endpoint.url for endpoint in cloud.endpoints if endpoint.kind is EndpointKind.REST_API
        )
        urls = {
            endpoint.name.rpartition("-")[2]: endpoint.url
            for endpoint in cloud.endpoints
            if endpoint.kind is EndpointKind.FUNCTION_URL
        }
        yield Endpoints(http=http, boto3=client, rest=rest, function_urls=urls, log=log)
        client.close()
