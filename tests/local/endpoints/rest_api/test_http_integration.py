"""Methods that call a URL: what its backend gets, what the client gets, and what goes wrong."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import AuthMode, EndpointOptions, Faults, Limits, LocalCloud
from streambda.local.endpoints.rest_api.backend import make_tls_context, refuse
from streambda.local.endpoints.rest_api.integration_request import BackendRequest
from streambda.local.http.client_connection import RequestMessage
from tests.local.conftest import LogLines
from tests.support.backend import Backend, serve_backend
from tests.support.endpoint_clouds import running
from tests.support.local_assembly import method, resource

ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
PATH = {"integration.request.path.proxy": "method.request.path.proxy"}


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    async with serve_backend() as served:
        yield served


@pytest.fixture
def bound_port() -> Iterator[int]:
    """Nobody listens on it, and nobody else can."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def http_api(integrations: dict[str, dict[str, Any]], **properties: Any) -> dict[str, Any]:
    """/prod/NAME/{proxy+} for each, with properties of the API."""
    resources: dict[str, Any] = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Api", **properties}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "StageName": "prod",
                "Variables": {"tier": "gold"},
            },
        },
    }
    for name, integration in integrations.items():
        more = integration.pop("Method", {})
        of_method = method(f"{name}Proxy", "ANY", {"Type": "HTTP_PROXY", **integration})
        of_method["Properties"] |= more
        resources |= {
            name: resource(ROOT, name),
            f"{name}Proxy": resource({"Ref": name}, "{proxy+}"),
            f"{name}Any": of_method,
        }
    return resources


def serve(
    folder: Path,
    integrations: dict[str, dict[str, Any]],
    options: EndpointOptions | None = None,
    lines: LogLines | None = None,
    **properties: Any,
) -> AbstractAsyncContextManager[LocalCloud]:
    return running(folder, http_api(integrations, **properties), options, lines)


def url_of(cloud: LocalCloud) -> str:
    return cloud.endpoints[-1].url


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


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
    streams = {"Uri": uri, "RequestParameters": PATH, "ResponseTransferMode": "STREAM"}
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
        },
    }
    proxy = {"Uri": f"{base}/{{proxy}}", "RequestParameters": PATH}
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
        rest = b"x-b: 1\r\nx-b: 2\r\ncontent-length: 2\r\n\r\nno"
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
        "1,2",
        "2",
        None,
        "/prod/both/x",
    ]
    assert (third.status_code, third.json()) == (500, {"message": "Internal server error"})


NETWORK = (504, "Network error communicating with endpoint")
CONFIGURATION = (500, "Internal server error")


async def test_what_goes_wrong_with_a_backend_is_one_line_and_all_others_go_on(
    tmp_path: Path,
    backend: Backend,
    bound_port: int,
    http: httpx.AsyncClient,
    lines: LogLines,
) -> None:
    nobody, base = bound_port, f"127.0.0.1:{backend.port}"
    limits = Limits(integration=20, rest_response=1000)
    slow = {"Uri": f"http://{base}/slow", "TimeoutInMillis": 500}
    uris = {
        "refused": f"http://127.0.0.1:{nobody}/",
        "nohost": f"http://{'a' * 64}.example/",
        "unmapped": f"http://{base}/{{id}}",
        "variable": "${stageVariables.none}",
        "port": f"http://{base}9999/",
        "tls": f"https://{base}/",
        "nohttp": f"http://{base}/",
        "silent": f"http://{base}/",
        "large": f"http://{base}/",
    }
    answers = {
        "nohttp": b"hello\r\n\r\n",
        "silent": b"",
        "large": b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1001),
    }
    expected = {
        "refused": (*NETWORK, "/: connection refused, nothing listens there"),
        "nohost": (*CONFIGURATION, f": there is no host {'a' * 64}.example"),
        "unmapped": (*CONFIGURATION, "illegal character '{' in"),
        "variable": (*CONFIGURATION, " is no URL with http:// or https://"),
        "port": (*CONFIGURATION, "9999/ is no URL: Port out of range 0-65535"),
        "tls": (*NETWORK, f"https://{base}/: "),
        "nohttp": (*NETWORK, f"http://{base}/: illegal status line"),
        "silent": (*NETWORK, f"http://{base}/: "),
        "large": (*CONFIGURATION, "response is larger than 1000 bytes"),
        "slow": (504, "Endpoint request timed out", f"http://{base}/slow has not answered in time"),
    }
    integrations = {name: {"Uri": uri} for name, uri in uris.items()} | {"slow": slow}

    async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side ends

    api = serve(tmp_path, integrations, EndpointOptions(limits=limits), lines)
    async with api as cloud:
        for name, (status, message, line) in expected.items():
            backend.answer = wait if name == "slow" else answers.get(name, b"")
            reply = await http.get(f"{url_of(cloud)}{name}/x")

            assert (name, reply.status_code, reply.json()) == (name, status, {"message": message})
            said = [one for _, one in lines if f"GET /prod/{name}/x: {status} {message} (" in one]
            assert [line in one for one in said] == [True], said or lines
        backend.answer = b"HTTP/1.1 204 No Content\r\n\r\n"
        assert (await http.get(f"{url_of(cloud)}large/x")).status_code == 204


async def test_a_backend_is_not_read_for_a_client_that_has_left(
    tmp_path: Path, backend: Backend, http: httpx.AsyncClient
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + chunk(b"one"))
        await reader.read()  # until the other side ends

    backend.answer = answer
    uri = f"http://127.0.0.1:{backend.port}/"
    streams = {"Uri": uri, "ResponseTransferMode": "STREAM"}
    async with serve(tmp_path, {"sse": streams}) as cloud:
        async with http.stream("GET", f"{url_of(cloud)}sse/x") as reply:
            assert await anext(reply.aiter_raw()) == b"one"

        async with asyncio.timeout(20):
            await backend.ended.wait()


async def test_a_stream_that_is_idle_is_cut_with_one_line(
    tmp_path: Path, backend: Backend, http: httpx.AsyncClient, lines: LogLines
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + chunk(b"one"))
        await reader.read()  # until the other side ends

    backend.answer = answer
    uri = f"http://127.0.0.1:{backend.port}/"
    streams = {"Uri": uri, "ResponseTransferMode": "STREAM"}
    options = EndpointOptions(limits=Limits(edge_idle=1))
    async with serve(tmp_path, {"sse": streams}, options, lines) as cloud:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(f"{url_of(cloud)}sse/x")

    assert any(f"ends the response of {uri} early: it took too long" in one for _, one in lines)


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


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (socket.gaierror("?"), (500, "http://a/: there is no host a")),
        (ssl.SSLCertVerificationError("?"), (500, "http://a/: its certificate is not valid: ")),
        (OSError(113, "No route to host"), (504, "http://a/: No route to host")),
        (ConnectionResetError(), (504, "http://a/: ConnectionResetError")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_why_a_backend_was_not_reached(error: Exception, expected: tuple[int, str]) -> None:
    message = RequestMessage(method="GET", target="/", headers=())
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = ""
    backend = BackendRequest(url="http://a/", host="a", port=80, tls=False, message=message)

    refusal = refuse(error, backend)

    assert (refusal.error.status, refusal.why) == expected


def test_a_template_may_accept_any_certificate() -> None:
    checks = [make_tls_context(verify=verify).verify_mode for verify in (True, False)]

    assert checks == [ssl.CERT_REQUIRED, ssl.CERT_NONE]
