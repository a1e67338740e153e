"""Methods that call a URL: what its backend gets, and what the client gets."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import AuthMode, EndpointOptions, Faults
from tests.local.conftest import LogLines
from tests.support.backend import Backend
from tests.support.http_integrations import CHUNKED, PROXY_PATH, chunk, serve, url_of


async def test_a_stream_goes_on_as_it_comes_and_one_that_breaks_has_no_end(
    tmp_path: Path, backend: Backend, http: httpx.AsyncClient, lines: LogLines
) -> None:
    gate = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + chunk(b"data: one\n\n"))
        await gate.wait()
        writer.write(chunk(b"data: two\n\n") + (b"0\r\n\r\n" if whole else b""))

    backend.answer = answer
    uri = f"http://127.0.0.1:{backend.port}/events/{{proxy}}"
    streams = {"Uri": uri, "RequestParameters": PROXY_PATH, "ResponseTransferMode": "STREAM"}
    async with serve(tmp_path, {"sse": streams}, lines=lines) as cloud:
        [route] = cloud.endpoints[-1].routes
        assert (route.method, route.path, route.streams) == ("ANY", "/sse/{proxy+}", True)
        for whole in (True, False):
            gate.clear()
            async with http.stream("GET", f"{url_of(cloud)}sse/a/b?x=1") as reply:
                chunks = reply.aiter_raw()
                assert await anext(chunks) == b"data: one\n\n"
                gate.set()
                assert await anext(chunks) == b"data: two\n\n"
                if whole:
                    assert [one async for one in chunks] == []
                else:
                    with pytest.raises(httpx.RemoteProtocolError):
                        await anext(chunks)
            assert reply.headers["content-type"] == "text/event-stream"

    assert backend.received[0].line == "GET /events/a/b?x=1 HTTP/1.1"
    said = f"ends the response of http://127.0.0.1:{backend.port}/events/a/b early: peer closed"
    assert any(said in line for _, line in lines)


async def test_what_the_backend_gets(
    tmp_path: Path, backend: Backend, http: httpx.AsyncClient
) -> None:
    base = f"http://127.0.0.1:{backend.port}"
    mapped = {
        "Uri": f"{base}/${{stageVariables.tier}}/{{rest}}?own={{rest}}",
        "IntegrationHttpMethod": "POST",
        "RequestParameters": {
            "integration.request.path.rest": "method.request.path.proxy",
            "integration.request.querystring.x": "method.request.querystring.x",
            "integration.request.querystring.own": "'literal'",
            "integration.request.querystring.none": "method.request.querystring.none",
            "integration.request.querystring.all": "method.request.multivaluequerystring.x",
            "integration.request.header.X-Id": "method.request.header.x-id",
            "integration.request.header.X-From": "context.identity.sourceIp",
            "integration.request.header.X-Tier": "stageVariables.tier",
            "integration.request.header.X-Name": "method.request.path.proxy",
            "integration.request.header.X-Space": "' a b '",
        },
    }
    proxy = {"Uri": f"{base}/{{proxy}}", "RequestParameters": PROXY_PATH}
    async with serve(tmp_path, {"mapped": mapped, "proxy": proxy}) as cloud:
        await http.put(
            f"{url_of(cloud)}mapped/a%20b/%C5%82%25?x=1&x=2%263&y=",
            content="é".encode(),
            headers=[
                ("X-Id", "old"),
                ("x-id", "new"),
                ("via", "1.1 somebody"),
                ("content-encoding", "identity"),
                ("authorization", "Bearer me"),
            ],
        )
        signature = {"authorization": "AWS4-HMAC-SHA256 Credential=x"}
        await http.get(f"{url_of(cloud)}proxy/", headers=signature)
        await http.request("GET", f"{url_of(cloud)}proxy/x?y", headers={"user-agent": ""})

    put, unknown = backend.received
    query = "own=a%20b/%C5%82%25&x=1&x=2%263&y=&own=literal&all=1&all=2%263"
    assert put.line == f"POST /gold/a%20b/%C5%82%25?{query} HTTP/1.1"
    assert put.body == "é".encode()
    assert put.values("host") == [f"127.0.0.1:{backend.port}"]
    assert put.values("x-id") == ["new"]
    assert put.values("x-from") == ["127.0.0.1"]
    assert put.values("x-tier") == ["gold"]
    assert put.values("x-space") == ["a b"]
    assert put.values("x-name") == ["a b/ł%".encode().decode("latin-1")]
    assert put.values("authorization") == ["Bearer me"]
    assert put.values("x-amzn-apigateway-api-id") == ["api"]
    assert put.values("x-forwarded-for") == ["127.0.0.1"]
    assert len(put.values("x-amzn-trace-id")) == 1
    assert put.values("content-length") == ["2"]
    assert [put.values(name) for name in ("via", "content-encoding")] == [[], []]
    assert unknown.line == "GET /x?y= HTTP/1.1"


async def test_what_the_client_gets(
    tmp_path: Path, backend: Backend, http: httpx.AsyncClient
) -> None:
    answers = {
        "text": b"content-type: text/plain\r\n\r\n\xff\xc3\xa9",
        "image": b"content-type: image/png\r\n\r\n\xff\xc3\xa9",
    }
    head = (
        b"HTTP/1.1 418 Tea\r\nserver: tea\r\nx-amzn-requestid: 7\r\nset-cookie: a=1\r\n"
        b"set-cookie: b=2\r\nconnection: close\r\nvia: 1.1 x\r\ncontent-length: 3\r\n"
    )
    uri = f"http://127.0.0.1:{backend.port}/"
    api = serve(tmp_path, {"any": {"Uri": uri}}, BinaryMediaTypes=["image/*"])
    replies: list[httpx.Response] = []
    async with api as cloud:
        for kind, accept in (("text", "*/*"), ("image", "image/png"), ("image", "text/html")):
            backend.answer = head + answers[kind]
            replies.append(await http.get(f"{url_of(cloud)}any/x", headers={"accept": accept}))
        backend.answer = head + b"\r\n"
        replies.append(await http.head(f"{url_of(cloud)}any/x"))

    assert [reply.status_code for reply in replies] == [418] * 4
    assert [reply.content for reply in replies] == [
        "\ufffdé".encode(),
        b"\xff\xc3\xa9",
        b"/8Op",
        b"",
    ]
    headers = replies[-1].headers
    assert headers.get_list("set-cookie") == ["a=1", "b=2"]
    remapped = ("server", "x-amzn-requestid", "content-length", "connection")
    assert [headers[f"x-amzn-remapped-{name}"] for name in remapped] == ["tea", "7", "3", "close"]
    assert headers["content-length"] == "3"
    assert headers["x-amzn-requestid"] != "7"
    assert not {"server", "via"} & headers.keys()


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        # Of a body that is not sent.
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", 304, b""),
        # Beside chunks a length does not count.
        (CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-length: 9\r\n\r\n") + b"0\r\n\r\n", 200, b""),
    ],
    ids=["not modified", "chunks"],
)
async def test_a_length_that_does_not_count_is_not_passed_on(
    answer: bytes,
    status: int,
    body: bytes,
    tmp_path: Path,
    backend: Backend,
    http: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backend.answer = answer
    streams = {"Uri": f"http://127.0.0.1:{backend.port}/", "ResponseTransferMode": "STREAM"}
    async with serve(tmp_path, {"sse": streams}) as cloud:
        reply = await http.get(f"{url_of(cloud)}sse/x")

    assert (reply.status_code, reply.content) == (status, body)
    assert "content-length" not in reply.headers
    assert caplog.messages == []


async def test_the_type_http_passes_on_what_is_mapped(
    tmp_path: Path, backend: Backend, http: httpx.AsyncClient
) -> None:
    responses = [
        {"StatusCode": "200", "ResponseParameters": {"method.response.header.X-A": "'a'"}},
        {
            "StatusCode": "404",
            "SelectionPattern": "4\\d{2}",
            "ResponseParameters": {
                "method.response.header.X-All": "integration.response.multivalueheader.x-b",
                "method.response.header.X-Last": "integration.response.header.X-B",
                "method.response.header.X-None": "integration.response.header.none",
                "method.response.header.X-Path": "context.path",
            },
        },
    ]
    base = f"http://127.0.0.1:{backend.port}/"
    custom = {"Type": "HTTP", "Uri": base, "IntegrationHttpMethod": "GET"}
    only_4xx = {**custom, "IntegrationResponses": responses[1:]}
    both = {**custom, "IntegrationResponses": responses}
    api = serve(tmp_path, {"both": both, "only": only_4xx})
    async with api as cloud:
        first = await http.post(
            f"{url_of(cloud)}both/x?q=1", content=b"{}", headers={"x-own": "1", "accept": "a/b"}
        )
        rest = b"x-b: 1\r\nx-b: \xc3\xa9\r\ncontent-length: 2\r\n\r\nno"
        backend.answer = b"HTTP/1.1 410 Gone\r\n" + rest
        second = await http.get(f"{url_of(cloud)}both/x")
        backend.answer = b"HTTP/1.1 200 OK\r\n" + rest
        third = await http.get(f"{url_of(cloud)}only/x")

    assert (first.status_code, first.headers["x-a"], first.content) == (200, "a", b"ok")
    [received] = backend.received[:1]
    assert (received.line, received.body) == ("GET / HTTP/1.1", b"{}")
    assert received.values("user-agent") == ["AmazonAPIGateway_api"]
    assert received.values("accept") == ["application/json"]
    assert received.values("x-own") == []
    assert (second.status_code, second.content) == (404, b"no")
    assert [second.headers.get(f"x-{name}") for name in ("all", "last", "none", "path")] == [
        "1,é",
        "é",
        None,
        "/prod/both/x",
    ]
    assert (third.status_code, third.json()) == (500, {"message": "Internal server error"})


async def test_keys_signatures_and_faults_hold_as_for_functions(
    tmp_path: Path, backend: Backend, http: httpx.AsyncClient
) -> None:
    uri = f"http://127.0.0.1:{backend.port}/"
    api: dict[str, dict[str, Any]] = {
        "keyed": {"Uri": uri, "Method": {"ApiKeyRequired": True}},
        "signed": {"Uri": uri, "Method": {"AuthorizationType": "AWS_IAM"}},
        "open": {"Uri": uri},
    }
    options = EndpointOptions(auth=AuthMode.ENFORCE)
    async with serve(tmp_path, api, options) as cloud:
        refused = [await http.get(f"{url_of(cloud)}{name}/x") for name in ("keyed", "signed")]
        admitted = await http.get(f"{url_of(cloud)}open/x", headers={"authorization": "me"})
        cloud.faults["rest-api"] = Faults(throttle=1)
        throttled = await http.get(f"{url_of(cloud)}open/x")

    assert [reply.status_code for reply in refused] == [403, 403]
    assert (admitted.status_code, throttled.status_code) == (200, 429)
    assert [one.values("authorization") for one in backend.received] == [["me"]]
