"""What goes wrong with a backend: what the client gets, and one line that says why."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from streambda.local import EndpointOptions, Limits
from streambda.local.endpoints.rest_api.backend import make_tls_context, refuse
from streambda.local.endpoints.rest_api.integration_request import BackendRequest
from streambda.local.http.client_connection import RequestMessage
from tests.local.conftest import LogLines
from tests.support.backend import Backend
from tests.support.http_integrations import CHUNKED, chunk, serve, url_of


@pytest.fixture
def bound_port() -> Iterator[int]:
    """Nobody listens on it, and nobody else can."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


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
        "status": f"http://{base}/",
        "control": f"http://{base}/",
    }
    answers = {
        "nohttp": b"hello\r\n\r\n",
        "silent": b"",
        "status": b"HTTP/1.1 999 ?\r\ncontent-length: 0\r\n\r\n",
        "control": b"HTTP/1.1 200 OK\r\nx-a: \x01\r\ncontent-length: 0\r\n\r\n",
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
        "silent": (*NETWORK, f"http://{base}/: it closed the connection without a response"),
        "status": (*NETWORK, f"http://{base}/: its status is 999, expected 200 to 599"),
        "control": (*NETWORK, f"http://{base}/: its header x-a has a control character, b'\\x01'"),
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


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (socket.gaierror("?"), (500, "http://a/: there is no host a")),
        (ssl.SSLCertVerificationError("?"), (500, "http://a/: its certificate is not valid: ")),
        (OSError(113, "No route to host"), (504, "http://a/: No route to host")),
        (ConnectionResetError(), (504, "http://a/: it has reset the connection")),
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
