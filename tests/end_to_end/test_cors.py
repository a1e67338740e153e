"""`cors=` of a function, in a real browser: a page of another origin streams from its URL and from
a REST API alike, with preflights and credentials, and each header comes once.
"""

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
import httpx
import pytest
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import StreamingFunction, StreamingRestApi
from streambda.local import EndpointKind, LocalCloud
from tests.support.browser import CHROMIUM, start_chromium
from tests.support.browser_page import Page
from tests.support.foreign_page import ENDS, serve_page, start, wait_for_lines
from tests.support.gate import Gate, serve_gate
from tests.support.templates import ROOT

pytestmark = pytest.mark.slow

ALLOWED = "https://app.example.com"
ENDPOINTS = pytest.mark.parametrize("kind", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])


def synthesise(folder: Path, origins: list[str]) -> Path:
    """An app whose function has both endpoints, both open to everybody."""
    entry = folder / "src"
    entry.mkdir()
    for name in ("pages.py", "talk.py"):
        shutil.copy(ROOT / "tests/end_to_end/functions" / name, entry)
    app = cdk.App(outdir=str(folder / "cdk.out"), context={"streambda:python-layer": "none"})
    stack = cdk.Stack(app, "Pages")
    function = StreamingFunction(
        stack,
        "Words",
        entry=entry,
        handler="pages.handler",
        cors=lambda_.FunctionUrlCorsOptions(
            allowed_origins=origins,
            allowed_headers=["x-asked"],
            allow_credentials=True,
            exposed_headers=["x-amzn-requestid"],
        ),
    )
    function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
    api = StreamingRestApi(stack, "Api", authorization_type=apigw.AuthorizationType.NONE)
    api.add_stream("ANY", "/words", function)
    app.synth()
    return folder / "cdk.out"


def address_of(cloud: LocalCloud, kind: EndpointKind) -> str:
    [url] = [one.url for one in cloud.endpoints if one.kind is kind]
    assert url is not None
    return f"{url}words" if kind is EndpointKind.REST_API else url


@dataclass
class Foreign:
    page: Page
    cloud: LocalCloud
    gate: Gate

    def url(self, kind: EndpointKind) -> str:
        return f"{address_of(self.cloud, kind)}?gate={self.gate.port}"


@pytest.fixture
async def foreign(tmp_path: Path) -> AsyncIterator[Foreign]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    async with (
        serve_page() as origin,
        serve_gate() as gate,
        LocalCloud(synthesise(tmp_path, [origin.rstrip("/")])) as cloud,
        start_chromium(tmp_path / "profile") as browser,
    ):
        page = await Page.open(browser)
        await page.goto(origin)
        yield Foreign(page, cloud, gate)


@pytest.mark.parametrize("method", ["GET", "POST"])
@ENDPOINTS
async def test_a_page_reads_a_stream_with_credentials(
    foreign: Foreign, kind: EndpointKind, method: str
) -> None:
    body = {"body": "{}"} if method == "POST" else {}
    # Because of this header, the browser sends a preflight first.
    options = {"headers": {"x-asked": "yes"}, "credentials": "include", "method": method, **body}
    await start(foreign.page, "read", f"{foreign.url(kind)}&own=1", **options)
    # The second event cannot be made yet.
    assert await wait_for_lines(foreign.page, 2) == ["200 id", "data: first"]
    await foreign.gate.open()
    await foreign.page.wait_for(f"{ENDS} === 1")

    _, *text, _ = await wait_for_lines(foreign.page, 3)
    assert "".join("".join(text).split()) == "data:firstdata:secondevent:donedata:"
    assert foreign.page.problems == []


@ENDPOINTS
async def test_a_page_listens_to_events_with_credentials(
    foreign: Foreign, kind: EndpointKind
) -> None:
    await start(foreign.page, "listen", foreign.url(kind), withCredentials=True)
    assert await wait_for_lines(foreign.page, 1) == ["first"]
    await foreign.gate.open()

    assert await wait_for_lines(foreign.page, 3) == ["first", "second", "done"]
    assert foreign.page.problems == []


@ENDPOINTS
async def test_a_header_that_is_not_allowed_is_not_sent(
    foreign: Foreign, kind: EndpointKind
) -> None:
    await start(foreign.page, "read", foreign.url(kind), headers={"x-other": "yes"})

    assert await wait_for_lines(foreign.page, 1) == ["TypeError"]


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise(tmp_path_factory.mktemp("pages"), [ALLOWED, "https://www.example.com"])


@pytest.mark.parametrize("query", ["", "?own=1"])
async def test_each_header_comes_once_and_is_the_same_everywhere(
    assembly: Path, query: str
) -> None:
    found = {}
    async with LocalCloud(assembly) as cloud, httpx.AsyncClient(trust_env=False) as http:
        for kind in (EndpointKind.FUNCTION_URL, EndpointKind.REST_API):
            url = f"{address_of(cloud, kind)}{query}"
            response = await http.get(url, headers={"origin": ALLOWED})
            found[kind] = sorted(
                (name, value)
                for name, value in response.headers.multi_items()
                if name.startswith("access-control-")
            )
            assert "Origin" in ",".join(response.headers.get_list("vary"))

    once = [
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-origin", ALLOWED),
        ("access-control-expose-headers", "x-amzn-requestid"),
    ]
    assert list(found.values()) == [once, once]


@ENDPOINTS
@pytest.mark.parametrize("origin", ["https://other.example.com", None])
async def test_others_get_none_of_these_headers(
    assembly: Path, kind: EndpointKind, origin: str | None
) -> None:
    headers = {"origin": origin} if origin else {}
    async with LocalCloud(assembly) as cloud, httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(f"{address_of(cloud, kind)}?own=1", headers=headers)

    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_a_preflight_says_the_same_everywhere(assembly: Path) -> None:
    asked = {
        "origin": ALLOWED,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-asked",
    }
    found = []
    async with LocalCloud(assembly) as cloud, httpx.AsyncClient(trust_env=False) as http:
        for kind in (EndpointKind.FUNCTION_URL, EndpointKind.REST_API):
            response = await http.options(address_of(cloud, kind), headers=asked)
            assert response.status_code in {200, 204}
            names = ("allow-origin", "allow-credentials", "allow-headers")
            found.append([response.headers.get_list(f"access-control-{name}") for name in names])

    assert found[0] == found[1] == [[ALLOWED], ["true"], ["x-asked"]], json.dumps(found)
