"""One Starlette app under uvicorn and under the runtime: the answers are the same.

The app is named as the handler, `web_app.app`, and nothing else is said.
"""

import asyncio
import http.client
import os
import site
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import aws_cdk as cdk
import pytest

from streambda.cdk import StreamingFunction, StreamingRestApi
from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.free_ports import find_free_ports
from tests.support.wait_until import wait_until

FUNCTIONS = Path(__file__).parent / "functions"
# What each server adds by itself, and how the body is framed.
OWN_HEADERS = {"date", "server", "connection", "content-length", "transfer-encoding", "keep-alive"}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def __str__(self) -> str:
        about = ",".join(name for name, _ in self.headers)
        return f"{self.method} {self.path} {about} {(self.body or b'')[:8]!r}"


PATHS = [
    "/echo", "/echo/", "/echo/a", "/echo/a%20b", "/echo/a%2Fb", "/echo/%E8%AA%9E", "/echo/a+b",
    "/echo//a", "/echo/a;b=c", "/echo/%25", "/items/1", "/items/%E8%AA%9E", "/items/a%2Fb",
    "/nowhere", "/", "/echo/~a", "/echo/a.b", "/echo/(a)", "/echo/a,b",
]  # fmt: skip
QUERIES = [
    "", "?a=1", "?a=1&a=2", "?a", "?a=", "?a+b=c+d", "?a=%2B&b=%26", "?%E8%AA%9E=%C3%A9", "?a=b=c",
    "?a=1;b=2", "?empty=&x",
]  # fmt: skip
BODIES = [
    (b"", "text/plain"), (b"text", "text/plain"), ("é語".encode(), "text/plain; charset=utf-8"),
    (b'{"a": 1}', "application/json"), (b"a=1&b=%20", "application/x-www-form-urlencoded"),
    (bytes(range(256)), "application/octet-stream"), (b"\xff\xfe", "text/plain"),
    (b"x" * 100_000, "application/octet-stream"),
    (b"--b\r\n\r\n", "multipart/form-data; boundary=b"), (b"<a/>", "application/xml"),
    (b"\x00", "image/png"),
]  # fmt: skip
HEADERS = [
    (("X-Mine", "1"),), (("x-mine", "a,b"),), (("X-Mine", "é"),), (("Cookie", "a=1; b=2"),),
    (("Accept", "*/*"), ("X-Mine", "spaced out")), (("X-Mine", ""),), (("User-Agent", "mine"),),
    (("Accept-Encoding", "gzip"),), (("X-Mine", "1"), ("X-More", "2")),
]  # fmt: skip
REQUESTS = [
    *(Request(method, "/echo?a=1") for method in
      ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
    *(Request("GET", path) for path in PATHS),
    *(Request("GET", "/echo" + query) for query in QUERIES),
    *(Request(method, "/echo", (("Content-Type", kind),), body)
      for body, kind in BODIES for method in ("POST", "PUT")),
    *(Request("GET", "/echo", headers) for headers in HEADERS),
    *(Request("GET", f"/status/{code}") for code in
      (200, 201, 202, 203, 301, 302, 400, 401, 403, 404, 405, 410, 418, 422, 429, 500, 502, 503)),
    *(Request(method, path) for method in ("GET", "HEAD") for path in
      ("/headers", "/redirect", "/empty", "/stream", "/large", "/broken")),
    Request("PATCH", "/empty"),
]  # fmt: skip


class Stack(cdk.Stack):
    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "WebApps")
        packages = os.pathsep.join(site.getsitepackages())
        function = StreamingFunction(
            self,
            "App",
            entry=FUNCTIONS,
            handler="web_app.app",
            environment={"WEB_APP_PACKAGES": packages},
        )
        function.add_function_url()
        api = StreamingRestApi(self, "Api", binary_media_types=["*/*"])
        api.add_stream("ANY", "/", function)
        api.add_stream("ANY", "/{proxy+}", function)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingCloud]:
    folder = tmp_path_factory.mktemp("assembly")
    app = cdk.App(outdir=str(folder), context={"streambda:python-layer": "none"})
    Stack(app)
    app.synth()
    with blocking_cloud(assembly=folder) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def uvicorn() -> Iterator[str]:
    port = find_free_ports(1)
    command = [
        sys.executable, "-m", "uvicorn", "web_app:app", "--port", str(port), "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=FUNCTIONS, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                send(f"http://127.0.0.1:{port}/", Request("GET", "/"))
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def send(base: str, request: Request) -> Answer:
    """Sends a request as it is written, with nothing added but its length."""
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    try:
        path = url.path.rstrip("/") + request.path
        connection.putrequest(request.method, path, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.encode())
        if request.body is not None:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        body = response.read()
        return Answer(response.status, tuple(response.getheaders()), body)
    finally:
        connection.close()


def comparable(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    """What must be the same. Three things are AWS's, and are evened out here:

    each server has headers of its own, a repeated header is joined where the payload is 2.0, and a
    response without a content type gets one.
    """
    headers: dict[str, str] = {}
    for name, value in answer.headers:
        lower = name.lower()
        if lower not in OWN_HEADERS and not lower.startswith(("x-amzn-", "x-amz-")):
            headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    headers.setdefault("content-type", "application/octet-stream")
    return answer.status, headers, answer.body


@pytest.fixture(params=["function URL", "REST API"], scope="module")
def base(request: pytest.FixtureRequest, cloud: BlockingCloud) -> str:
    return cloud.function_url("App") if request.param == "function URL" else cloud.rest_api()


@pytest.mark.slow
@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_the_answer_is_that_of_uvicorn(request_: Request, base: str, uvicorn: str) -> None:
    theirs, ours = send(uvicorn, request_), send(base, request_)

    assert comparable(ours) == comparable(theirs)


def test_the_table_is_long_enough() -> None:
    assert len(REQUESTS) >= 80


@pytest.mark.slow
def test_chunks_arrive_while_the_app_makes_them(base: str, tmp_path: Path) -> None:
    gate, told = tmp_path / "gate", tmp_path / "told"
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    path = f"{url.path.rstrip('/')}/gated?gate={quote(str(gate))}&told={quote(str(told))}"
    connection.request("GET", path)
    response = connection.getresponse()

    first = response.readline()
    assert not gate.exists()
    gate.touch()
    second = response.readline()
    rest = response.read()
    connection.close()

    assert (first, second, rest) == (b"first\n", b"second\n", b"")


@pytest.mark.slow
async def test_the_same_app_streams_through_lambdas_own_api(
    cloud: BlockingCloud, tmp_path: Path
) -> None:
    gate, told = tmp_path / "gate", tmp_path / "told"
    event = {
        "version": "2.0", "rawPath": "/gated",
        "rawQueryString": f"gate={quote(str(gate))}&told={quote(str(told))}",
        "headers": {}, "requestContext": {"http": {"method": "GET", "path": "/gated"}},
    }  # fmt: skip

    def stream() -> bytes:
        data = b""
        for chunk in cloud.invoke_stream("App", event):
            data += chunk
            if data.endswith(b"first\n"):
                assert not gate.exists()
                gate.touch()
        return data

    data = await asyncio.to_thread(stream)

    assert data.endswith(b"\0\0\0\0\0\0\0\0first\nsecond\n")
    await wait_until(told.exists)  # background work, behind the last byte
