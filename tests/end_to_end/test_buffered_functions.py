"""Functions of managed Python without streambda buffer responses, beside others that stream."""

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import httpx
import pytest
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources

from streambda.cdk import StreamingFunction, StreamingRestApi
from streambda.local import AuthMode, EndpointOptions, InvocationFailed, LocalCloud
from tests.end_to_end.conftest import FUNCTIONS
from tests.support.endpoint_calls import FunctionLog
from tests.support.gate import serve_gate
from tests.support.no_tls import NO_TLS

pytestmark = pytest.mark.slow

RUNTIME = getattr(lambda_.Runtime, f"PYTHON_3_{sys.version_info[1]}")
NONE = lambda_.FunctionUrlAuthType.NONE

GATEKEEPER = """
import logging
from rules import SECRET  # from the layer

def authorize(event, context):
    allowed = event["authorizationToken"] == SECRET
    logging.warning("allowed: %s", allowed)
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow" if allowed else "Deny",
        "Resource": event["methodArn"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "me", "policyDocument": policy, "context": {"vip": True}}
"""
SHOP = """
from decimal import Decimal
import json

def price(event, context):
    who = event["requestContext"]["authorizer"]
    body = json.dumps({"who": who["principalId"], "vip": who["vip"]})
    return {"statusCode": 203, "headers": {"x-kind": "whole"}, "body": body}

def direct(event, context):
    return {"price": Decimal("1.10"), "for": event["item"], "name": context.function_name}

def whole(event, context):
    return "whole"

def fails(event, context):
    raise LookupError("nothing")
"""
INLINE = """
def handler(event, context):
    return {"statusCode": 200, "body": "written in the template"}
"""
USES_A_LAYER = """
from rules import SECRET

def handler(event, context):
    yield SECRET
"""


class Stack(cdk.Stack):
    def __init__(self, app: cdk.App, folder: Path) -> None:
        super().__init__(app, "Mixed")
        self._code = lambda_.Code.from_asset(str(folder / "code"))
        rules = lambda_.LayerVersion(
            self, "Rules", code=lambda_.Code.from_asset(str(folder / "layer"))
        )
        gatekeeper = self._add_function("gatekeeper", "gatekeeper.authorize", rules)
        authorizer = apigw.TokenAuthorizer(self, "Authorizer", handler=gatekeeper)
        api = StreamingRestApi(self, "Api", authorizer=authorizer)
        two_chunks = StreamingFunction(
            self, "two_chunks", entry=FUNCTIONS, handler="gated.two_chunks"
        )
        api.add_stream("GET", "/two_chunks", two_chunks)
        price = self._add_function("price", "lib/shop.price")
        api.api.root.add_resource("price").add_method(
            "GET",
            apigw.LambdaIntegration(price),
            authorizer=authorizer,
            authorization_type=apigw.AuthorizationType.CUSTOM,
        )
        direct = self._add_function("direct", "lib.shop.direct")
        self._add_function("fails", "lib.shop.fails")
        whole_url = self._add_function("whole_url", "lib.shop.whole")
        whole_url.add_function_url(auth_type=NONE, invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM)
        inline = lambda_.Function(
            self,
            "inline",
            runtime=RUNTIME,
            handler="index.handler",
            code=lambda_.Code.from_inline(INLINE),
        )
        inline.add_function_url(auth_type=NONE)
        StreamingFunction(
            self, "layered", entry=folder / "layered", handler="app.handler", layers=[rules]
        )
        provider = custom_resources.Provider(self, "Provider", on_event_handler=direct)
        cdk.CustomResource(self, "Custom", service_token=provider.service_token)

    def _add_function(
        self, name: str, handler: str, *layers: lambda_.ILayerVersion
    ) -> lambda_.Function:
        return lambda_.Function(
            self, name, runtime=RUNTIME, handler=handler, code=self._code, layers=list(layers)
        )


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, out = tmp_path_factory.mktemp("mixed"), tmp_path_factory.mktemp("assembly")
    files = {
        "code/gatekeeper.py": GATEKEEPER,
        "code/lib/shop.py": SHOP,
        "layer/python/rules.py": "SECRET = 'open sesame'\n",
        "layered/app.py": USES_A_LAYER,
    }
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source)
    app = cdk.App(outdir=str(out), context={"streambda:python-layer": "none"})
    Stack(app, folder)
    app.synth()
    return out


WELCOME = {"authorization": "open sesame"}


@dataclass(frozen=True, slots=True)
class Mixed:
    """One local cloud, with AWS's authorisation switched on, and its clients."""

    cloud: LocalCloud
    http: httpx.AsyncClient
    rest: str
    log: FunctionLog

    async def invoke(self, function: str, event: Any) -> list[bytes]:
        return [chunk async for chunk in self.cloud.invoke_stream(function, event)]


@pytest.fixture
async def mixed(assembly: Path) -> AsyncIterator[Mixed]:
    log = FunctionLog()
    options = EndpointOptions(auth=AuthMode.ENFORCE)
    async with (
        LocalCloud(assembly, log=log, options=options) as cloud,
        httpx.AsyncClient(timeout=30, trust_env=False, verify=NO_TLS) as http,
    ):
        yield Mixed(cloud=cloud, http=http, rest=cloud.rest_api(), log=log)


async def test_an_authorizer_in_front_of_a_stream(mixed: Mixed) -> None:
    address = f"{mixed.rest}two_chunks"
    refused = await mixed.http.get(address, headers={"authorization": "x"})
    async with (
        serve_gate() as gate,
        mixed.http.stream("GET", address, headers=WELCOME, params={"gate": gate.port}) as response,
    ):
        chunks = response.aiter_raw()
        first = await anext(chunks)
        await gate.open()
        rest = b"".join([data async for data in chunks])

    assert refused.status_code == 403
    assert (response.status_code, first, rest) == (201, b"first\n", b"second\n")
    await mixed.log.wait_for("allowed: True")
    await mixed.log.wait_for("; its response is buffered, not streamed)")


async def test_a_route_whose_response_is_buffered(mixed: Mixed) -> None:
    answer = await mixed.http.get(f"{mixed.rest}price", headers=WELCOME)

    assert (answer.status_code, answer.headers["x-kind"]) == (203, "whole")
    assert answer.json() == {"who": "me", "vip": "true"}


async def test_a_buffered_response_is_streamed_as_one_chunk(mixed: Mixed) -> None:
    [chunk] = await mixed.invoke("direct", {"item": "tea"})
    async with mixed.http.stream("GET", mixed.cloud.function_url("whole_url")) as response:
        data = b"".join([part async for part in response.aiter_raw()])

    name = next(one.name for one in mixed.cloud.functions if one.short_name == "direct")
    assert chunk.decode() == f'{{"price": 1.10, "for": "tea", "name": "{name}"}}'
    assert (response.status_code, data) == (200, b'"whole"')


async def test_a_failure_is_raised_and_logged(mixed: Mixed) -> None:
    with pytest.raises(InvocationFailed, match="nothing"):
        await mixed.invoke("fails", {})

    await mixed.log.wait_for("[ERROR] LookupError: nothing")


async def test_a_function_whose_code_is_in_the_template(mixed: Mixed) -> None:
    answer = await mixed.http.get(mixed.cloud.function_url("inline"))

    assert answer.text == "written in the template"


async def test_a_layers_packages_on_provided_al2023(mixed: Mixed) -> None:
    assert await mixed.invoke("layered", {}) == [b"open sesame"]


async def test_the_list_of_what_is_unsupported(mixed: Mixed) -> None:
    reasons = {one.name.rpartition("-")[2]: one.reason for one in mixed.cloud.unsupported}

    assert reasons["whole_url"].startswith("its response is buffered, not streamed, as on AWS")
    assert not reasons.keys() & {"gatekeeper", "price", "direct", "fails", "inline", "layered"}
