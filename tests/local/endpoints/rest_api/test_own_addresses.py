"""Methods of a REST API that call a Function URL or an API of the same app."""

from pathlib import Path
from typing import Any

import httpx

from streambda.local import AuthMode, EndpointOptions
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import http_api as quick_api
from tests.support.endpoint_clouds import running
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
    "loop": {"Fn::Sub": f"{ITS_STAGE}/loop/{{proxy}}"},
}
STREAM = {"RequestParameters": PROXY_PATH, "ResponseTransferMode": "STREAM"}


def make_resources(gate: Gate, *others: str) -> dict[str, Any]:
    """Args: `others` are names of more function URLs."""
    variables: dict[str, Any] = {"Environment": {"Variables": {"GATE": str(gate.port)}}}
    api = http_api({name: {"Uri": uri, **STREAM} for name, uri in URIS.items()})
    api["Stage"]["Properties"]["Variables"]["words"] = WORDS_URL
    iam = url("Words")
    iam["Properties"]["AuthType"] = "AWS_IAM"
    return {
        "Words": function(FunctionName="Words", **variables),
        **{name: url("Words") for name in (*others, "WordsUrl")},
        "IamUrl": iam,
        **quick_api("Words"),
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
        looped = await http.get(f"{base}loop/x")

        # A new endpoint in front changes no address.
        await cloud.update(write_assembly(tmp_path / "new", make_resources(gate, "NewUrl")))
        assert cloud.rest_api() == base
        await check_stream("url")
        await cloud.update(write_assembly(tmp_path / "less", without(resources, "WordsUrl")))
        gone = await http.get(f"{base}url/x")

    assert quick.status_code == 201
    assert unsigned.status_code == 403
    assert unsigned.json()["Message"].startswith("Forbidden")  # of the Function URL
    assert (unknown.status_code, unknown.json()["message"]) == (403, "Missing Authentication Token")
    assert (looped.status_code, looped.json()) == (500, {"message": "Internal server error"})
    [line] = [line for _, line in lines if "/prod/loop" in line]
    reason = "a loop: endpoints of this app have called each other 16 times for one request"
    assert f"refuses GET /prod/loop/x: 500 Internal server error ({reason}" in line
    assert gone.status_code == 501


def without(resources: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: one for key, one in resources.items() if key != name}
