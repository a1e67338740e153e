"""Web apps under a server of their own and under the runtime: the answers are the same.

Each app is named as the handler, `fastapi_app.app`, and nothing else is said. Status, headers,
cookies and body are compared byte for byte. What remains different is not the runtime's, and is
evened out in `tests.support.web_requests`:

| what | why | where |
|---|---|---|
| `Date`, `Server`, framing, `x-amzn-*` | each server has its own | `comparable` |
| repeated headers | payload 2.0 has one value for a name | `comparable` |
| a content type where there was none | Lambda's default | `comparable` |
| the address, with a stage, in links and messages | it is where the app was called | `comparable` |
| how the query is written, not what it says | REST APIs send it decoded | `rewrite_query` |
| the order of sets (`Allow`) | hashes of strings differ between processes | `HASH_SEED` |
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import AuthorizationType

from streambda.cdk import StreamingFunction, StreamingRestApi
from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.python_with_packages import write_python
from tests.support.reference_server import reference_server
from tests.support.web_requests import (
    REQUESTS,
    Gate,
    Request,
    comparable,
    rewrite_query,
    send,
    streaming,
)

APPS = Path(__file__).parent / "functions/web_apps"


@dataclass(frozen=True)
class WebApp:
    name: str
    handler: str
    server: str

    def __str__(self) -> str:
        return self.name


STARLETTE = WebApp("Starlette", "starlette_app.app", "uvicorn")
FASTAPI = WebApp("FastAPI", "fastapi_app.app", "uvicorn")
LITESTAR = WebApp("Litestar", "litestar_app.app", "uvicorn")
QUART = WebApp("Quart", "quart_app.app", "uvicorn")
DJANGO_ASGI = WebApp("DjangoAsgi", "django_app.asgi", "uvicorn")
DJANGO_WSGI = WebApp("DjangoWsgi", "django_app.wsgi", "werkzeug")
FLASK = WebApp("Flask", "flask_app.app", "werkzeug")
WITH_BACKGROUND = [STARLETTE, FASTAPI]
WEB_APPS = [STARLETTE, FASTAPI, LITESTAR, QUART, DJANGO_ASGI, DJANGO_WSGI, FLASK]

ORIGIN = ("Origin", "https://a.example")
ASKS_FOR_PUT = ("Access-Control-Request-Method", "PUT")
JSON = (("Content-Type", "application/json"),)
# What only one framework has.
MORE = [
    *((FASTAPI, Request("GET", path)) for path in
      ("/validated?number=1", "/validated?number=a", "/validated",
       "/validated?number=1&many=a&many=b", "/sse", "/lines", "/forbidden", "/depends", "/docs",
       "/redoc", "/depends-stream", "/state", "/socket", "/below/where", "/below/docs",
       "/below/nowhere", "/below/lines")),
    (FASTAPI, Request("GET", "/below/lines", (("Accept-Encoding", "gzip"),))),
    (FASTAPI, Request("GET", "/below/where", (ORIGIN,))),
    *((FASTAPI, Request("OPTIONS", "/below/where", (origin, ASKS_FOR_PUT)))
      for origin in (ORIGIN, ("Origin", "https://b.example"))),
    (FASTAPI, Request("POST", "/items", (*JSON, ("Cookie", "session=1")), b'{"name": "a"}')),
    (FASTAPI, Request("POST", "/items", JSON, b'{"price": "much"}')),
    (FASTAPI, Request("POST", "/items", JSON, b'{"name"')),
    *((app, Request(method, "/file")) for app in (DJANGO_ASGI, DJANGO_WSGI)
      for method in ("GET", "HEAD")),
    *((LITESTAR, Request("GET", path)) for path in
      ("/validated?number=1", "/validated?number=a", "/validated", "/schema/openapi.json")),
]  # fmt: skip
GATED = [
    *((app, "/gated") for app in WEB_APPS),
    (FASTAPI, "/gated-sse"),
    (FASTAPI, "/gated-lines"),
]


class Stack(cdk.Stack):
    def __init__(self, app: cdk.App, python: Path) -> None:
        super().__init__(app, "WebApps")
        self.variables = {"STREAMBDA_PYTHON": str(python)}
        for web_app in WEB_APPS:
            function = self.add_function(web_app.name, web_app)
            # Pages of other origins may call them, which the rows on CORS do.
            function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
            api = StreamingRestApi(self, f"{web_app.name}Api", binary_media_types=["*/*"])
            for path in ("/", "/{proxy+}"):
                api.add_stream("ANY", path, function, authorization_type=AuthorizationType.NONE)
        for web_app in WITH_BACKGROUND:
            function = self.add_function(f"{web_app.name}Alone", web_app)
            only = function.function.node.default_child
            assert isinstance(only, lambda_.CfnFunction)
            only.reserved_concurrent_executions = 1
        impatient = self.add_function("Impatient", STARLETTE, timeout=cdk.Duration.seconds(1))
        impatient.add_function_url()

    def add_function(self, name: str, app: WebApp, **options: Any) -> StreamingFunction:
        return StreamingFunction(
            self,
            name,
            entry=APPS,
            handler=app.handler,
            memory_size=512,
            environment=self.variables,
            **options,
        )


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingCloud]:
    folder = tmp_path_factory.mktemp("web_apps")
    app = cdk.App(outdir=str(folder / "assembly"), context={"streambda:python-layer": "none"})
    Stack(app, write_python(folder))
    app.synth()
    with blocking_cloud(assembly=folder / "assembly") as cloud:
        yield cloud


@pytest.fixture(scope="module")
def references() -> Iterator[Callable[[WebApp], str]]:
    """The URL of an app's own server, which is started by the first call."""
    with ExitStack() as stack:

        @cache
        def start(app: WebApp) -> str:
            return stack.enter_context(reference_server(APPS, app.server, app.handler))

        yield start


@pytest.fixture(params=["function URL", "REST API"])
def endpoint(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def find_url(cloud: BlockingCloud, app: WebApp, endpoint: str) -> str:
    if endpoint == "function URL":
        return cloud.function_url(app.name)
    name = f"WebApps{app.name}Api"
    return next(one.url for one in cloud.endpoints if one.name.startswith(name))


ROWS = [*((app, request) for app in WEB_APPS for request in REQUESTS), *MORE]


@pytest.mark.slow
@pytest.mark.parametrize(("app", "request_"), ROWS, ids=str)
def test_the_answer_is_that_of_the_apps_own_server(
    app: WebApp,
    request_: Request,
    endpoint: str,
    cloud: BlockingCloud,
    references: Callable[[WebApp], str],
) -> None:
    reference, base = references(app), find_url(cloud, app, endpoint)
    expected = rewrite_query(request_) if endpoint == "REST API" else request_

    theirs, ours = send(reference, expected), send(base, request_)

    assert comparable(ours, base) == comparable(theirs, reference)


def test_the_table_is_long_enough() -> None:
    assert len(REQUESTS) >= 80


@pytest.mark.slow
@pytest.mark.parametrize(("app", "route"), GATED, ids=str)
def test_chunks_arrive_while_the_app_makes_them(
    app: WebApp, route: str, endpoint: str, cloud: BlockingCloud, tmp_path: Path
) -> None:
    gate = Gate(tmp_path, route)
    with streaming(find_url(cloud, app, endpoint), gate.path) as response:
        first = response.readline()
        gate.open()
        rest = response.read()

    assert b"first" in first
    assert b"second" not in first
    assert b"second" in rest


@pytest.mark.slow
@pytest.mark.parametrize(("app", "route"), GATED, ids=str)
def test_the_same_app_streams_through_lambdas_own_api(
    cloud: BlockingCloud, app: WebApp, route: str, tmp_path: Path
) -> None:
    gate = Gate(tmp_path, route)
    data = b""
    for chunk in cloud.invoke_stream(app.name, make_event(gate)):
        data += chunk
        if b"first" in data and b"second" not in data:
            gate.open()

    head, _, body = data.partition(b"\0" * 8)
    assert b'"statusCode":200' in head.replace(b" ", b"")
    assert body.index(b"first") < body.index(b"second")


def make_event(gate: Gate) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": gate.route,
        "rawQueryString": gate.query,
        "headers": {"host": "localhost"},
        "requestContext": {"http": {"method": "GET", "path": gate.route}},
    }


@pytest.mark.slow
@pytest.mark.parametrize("app", WITH_BACKGROUND, ids=str)
def test_background_work_ends_before_the_next_invocation(
    cloud: BlockingCloud, app: WebApp, tmp_path: Path
) -> None:
    gate = Gate(tmp_path)
    gate.open()
    name = f"{app.name}Alone"  # in the one environment that it may have
    cloud.invoke(name, make_event(gate))
    cloud.invoke(name, make_event(gate))

    assert gate.told.exists()


@pytest.mark.slow
def test_an_app_that_never_answers_is_stopped_and_the_next_request_works(
    cloud: BlockingCloud,
) -> None:
    base = cloud.function_url("Impatient")

    never, next_one = (send(base, Request("GET", path)) for path in ("/never", "/status/201"))

    assert (never.status, next_one.status) == (502, 201)
    assert any("Task timed out after 1.00 seconds" in line.text for line in cloud.lines)


@pytest.mark.slow
@pytest.mark.parametrize("below", ["", "/below"])
def test_the_page_about_an_api_finds_its_description(
    cloud: BlockingCloud, endpoint: str, below: str
) -> None:
    base = find_url(cloud, FASTAPI, endpoint)
    stage = urlsplit(base).path.rstrip("/")

    page = send(base, Request("GET", f"{below}/docs"))
    [path] = re.findall(r"url: '(.*?)'", page.body.decode())
    description = json.loads(send(urljoin(base, "/"), Request("GET", path)).body)

    assert path == f"{stage}{below}/openapi.json"
    assert description["openapi"]
    servers = [{"url": stage + below}] if stage + below else None
    assert description.get("servers") == servers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("app", "path"),
    [(FASTAPI, "/below/visits"), (FLASK, "/visits"), (DJANGO_WSGI, "/visits"),
     (DJANGO_ASGI, "/visits")],
    ids=str,
)  # fmt: skip
def test_a_session_lives_in_a_cookie(
    cloud: BlockingCloud, app: WebApp, path: str, endpoint: str
) -> None:
    base = find_url(cloud, app, endpoint)

    first = send(base, Request("GET", path))
    [cookie] = [value for name, value in first.headers if name.lower() == "set-cookie"]
    second = send(base, Request("GET", path, (("Cookie", cookie.partition(";")[0]),)))

    assert (first.body, second.body) == (b"1", b"2")
