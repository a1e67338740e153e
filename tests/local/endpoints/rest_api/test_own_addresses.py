"""Methods and routes of APIs that call a Function URL or an API of the same app."""

from pathlib import Path
from typing import Any

import httpx

from streambda.local import AuthMode, EndpointKind, EndpointOptions
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import http_api as quick_api
from tests.support.endpoint_clouds import running, url_of
from tests.support.gate import Gate
from tests.support.http_integrations import PROXY_PATH, http_api
from tests.support.local_assembly import function, url, write_assembly

WORDS_URL = {"Fn::GetAtt": ["WordsUrl", "FunctionUrl"]}
HOST = {"Fn::Select": [2, {"Fn::Split": ["/", WORDS_URL]}]}
ITS_STAGE = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"

URIS: dict[str, Any] = {
    "url": {"Fn::Join": ["", [WORDS_URL, "{proxy}"]]},
    "host": {"Fn::Join": ["", ["https://", HOST, "/{proxy}"]]},
    "variable": "${stageVariables.words}{proxy}",
    "stage": {"Fn::Sub": f"{ITS_STAGE}/url/{{proxy}}"},
    "nostage": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev/x"},
    "quick": {"Fn::Sub": "${Http.ApiEndpoint}/{proxy}"},
    "iam": {"Fn::Sub": "${IamUrl.FunctionUrl}{proxy}"},
    "foreign": "${stageVariables.foreign}",
    "loop": {"Fn::Sub": f"{ITS_STAGE}/loop/{{proxy}}"},
}
STREAM = {"RequestParameters": PROXY_PATH, "ResponseTransferMode": "STREAM"}


def url_route(path: str, uri: Any) -> dict[str, Any]:
    """Of the HTTP API: one that calls a URL."""
    name = path.split("/")[1]
    calls = {"ApiId": {"Ref": "Http"}, "IntegrationType": "HTTP_PROXY", "IntegrationUri": uri}
    target = {"Fn::Sub": f"integrations/${{{name}Calls}}"}
    route = {"ApiId": {"Ref": "Http"}, "RouteKey": f"ANY {path}", "Target": target}
    return {
        f"{name}Calls": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": calls},
        f"{name}Route": {"Type": "AWS::ApiGatewayV2::Route", "Properties": route},
    }


def make_resources(gate: Gate, *others: str) -> dict[str, Any]:
    """Args: `others` are names of more function URLs."""
    variables: dict[str, Any] = {"Environment": {"Variables": {"GATE": str(gate.port)}}}
    api = http_api({name: {"Uri": uri, **STREAM} for name, uri in URIS.items()})
    foreign = url("Words")
    foreign["Properties"]["TargetFunctionArn"] = "arn:aws:lambda:us-east-1:1:function:No"
    foreign_url = {"Fn::GetAtt": ["Foreign", "FunctionUrl"]}
    api["Stage"]["Properties"]["Variables"] |= {"words": WORDS_URL, "foreign": foreign_url}
    iam = url("Words")
    iam["Properties"]["AuthType"] = "AWS_IAM"
    return {
        "Words": function(FunctionName="Words", **variables),
        **{name: url("Words") for name in (*others, "WordsUrl")},
        "IamUrl": iam,
        "Foreign": foreign,
        **quick_api("Words"),
        **url_route("/chat/{proxy+}", URIS["url"]),
        **url_route("/down/{proxy+}", "http://127.0.0.1:1/{proxy}"),
        **api,
    }


async def test_the_app_calls_itself(
    tmp_path: Path, gate: Gate, http: httpx.AsyncClient, lines: LogLines
) -> None:
    options = EndpointOptions(auth=AuthMode.ENFORCE)
    resources = make_resources(gate)
    async with running(tmp_path, resources, options, lines) as cloud:
        base = cloud.rest_api()

        async def check_stream(name: str) -> None:
            """Chunk 1 comes through before the function can make chunk 2."""
            async with http.stream("GET", f"{base}{name}/gated?a=1") as reply:
                chunks = reply.aiter_raw()
                assert (reply.status_code, await anext(chunks)) == (200, b"one")
                await gate.open()
                assert [one async for one in chunks] == [b"two"]

        for name in ("url", "host", "variable", "stage"):
            await check_stream(name)
        quick = await http.get(f"{base}quick/words")
        unsigned = await http.get(f"{base}iam/words")
        unknown = await http.get(f"{base}nostage/x")
        http_url = url_of(cloud, EndpointKind.HTTP_API)
        chat = await http.get(f"{http_url}chat/a%20b%25/echo?a=1")
        down = await http.get(f"{http_url}down/x")
        foreign = await http.get(f"{base}foreign/x")
        looped = await http.get(f"{base}loop/x")

        # A new endpoint in front changes no address.
        await cloud.update(write_assembly(tmp_path / "new", make_resources(gate, "NewUrl")))
        assert cloud.rest_api() == base
        await check_stream("url")
        await cloud.update(write_assembly(tmp_path / "less", without(resources, "WordsUrl")))
        gone = await http.get(f"{base}url/x")

    assert quick.status_code == 201
    event = chat.json()["event"]
    assert (event["rawPath"], event["rawQueryString"]) == ("/a%20b%25/echo", "a=1")
    assert chat.headers["apigw-requestid"] == chat.headers["x-amzn-requestid"]
    assert not [name for name in chat.headers if name.startswith("x-amzn-remapped")]
    assert (down.status_code, down.json()) == (503, {"message": "Service Unavailable"})
    assert unsigned.status_code == 403
    assert unsigned.json()["Message"].startswith("Forbidden")  # of the Function URL
    assert (unknown.status_code, unknown.json()["message"]) == (403, "Missing Authentication Token")
    assert (looped.status_code, looped.json()) == (500, {"message": "Internal server error"})
    [line] = [line for _, line in lines if "/prod/loop" in line]
    reason = "a loop: endpoints of this app have called each other 16 times for one request"
    assert f"refuses GET /prod/loop/x: 500 Internal server error ({reason}" in line
    assert foreign.status_code == 500
    assert any("illegal character '<' in <Foreign.FunctionUrl>/" in line for _, line in lines)
    assert gone.status_code == 501


def without(resources: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: one for key, one in resources.items() if key != name}
