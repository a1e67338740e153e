"""A POST through CloudFront, from a real browser: the page sends the hash of its body.

What stands for CloudFront signs that hash, and the local Function URL checks the signature against
the body that it got, as Lambda does.
"""

import json
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from streambda.local import AuthMode, EndpointKind, EndpointOptions, LocalCloud
from streambda.local.model.constants import DUMMY_CREDENTIALS
from streambda.local.model.place import Place
from tests.support.browser import CHROMIUM, start_chromium
from tests.support.browser_page import Page
from tests.support.gate import Gate, serve_gate
from tests.support.local_assembly import function, url, write_assembly
from tests.support.signing_edge import serve_edge
from tests.support.templates import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

EXAMPLE = ROOT / "examples/cloudfront"
KEY = Credentials(*DUMMY_CREDENTIALS.values())
PAUSE = "time.sleep(0.2)"
WAIT = """with socket.create_connection(("127.0.0.1", {port}), timeout=60) as gate:
            gate.recv(1)"""
OUTPUT = "document.querySelector('output').textContent"


def read_snippet() -> str:
    page = (ROOT / "docs/constructs.md").read_text("utf-8")
    [snippet] = re.findall(r"```js\n(.*?)```", page, re.S)
    return str(snippet)


def write_app(folder: Path, gate: Gate) -> Path:
    """The example's function, which waits at a gate where it would sleep."""
    code = folder / "code"
    shutil.copytree(ROOT / "lambda_src/streambda_runtime", code / "streambda_runtime")
    shutil.copy(ROOT / "lambda_src/bootstrap", code)
    source = (EXAMPLE / "src/chat.py").read_text("utf-8")
    assert source.count(PAUSE) == 1
    source = source.replace(PAUSE, WAIT.format(port=gate.port)).replace(
        "import time", "import socket"
    )
    (code / "chat.py").write_text(source, "utf-8")
    endpoint = url("Chat")
    endpoint["Properties"]["AuthType"] = "AWS_IAM"
    resources = {"Chat": function("chat.handler", FunctionName="Chat"), "ChatUrl": endpoint}
    return write_assembly(folder / "cdk.out", resources, assets={"code.zip": code})


@dataclass
class Site:
    page: Page
    gate: Gate

    async def post(self, script: str) -> list[object]:
        """Status and text of the response to which the promise `script` leads."""
        answer: list[object] = await self.page.run(
            f"{script}.then(async (answer) => [answer.status, await answer.text()])"
        )
        return answer


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    options = EndpointOptions(auth=AuthMode.ENFORCE)
    html = (
        (EXAMPLE / "site/index.html")
        .read_text("utf-8")
        .replace("<title>", '<link rel="icon" href="data:,"><title>')
    )
    async with (
        serve_gate() as gate,
        LocalCloud(write_app(tmp_path, gate), options=options) as cloud,
        start_chromium(tmp_path / "profile") as browser,
    ):
        [function_url] = [it.url for it in cloud.endpoints if it.kind is EndpointKind.FUNCTION_URL]
        assert function_url is not None
        async with serve_edge(html, function_url, KEY, Place().region) as origin:
            page = await Page.open(browser)
            await page.goto(f"{origin.rstrip('/')}/index.html")
            yield Site(page, gate)


async def test_the_page_of_the_example_posts_and_shows_the_stream(site: Site) -> None:
    await site.page.run("document.querySelector('button').click()")
    # The second word cannot be made yet.
    await site.page.wait_for(f"{OUTPUT} === 'You '")
    for _ in range(5):
        await site.gate.open()

    await site.page.wait_for(f"{OUTPUT} === 'You said: hello out there '")
    assert site.page.problems == []


async def test_the_snippet_of_the_docs_sends_the_right_hash(site: Site) -> None:
    body = json.dumps({"prompt": "Grüße"}, ensure_ascii=False)
    await site.page.run(f"globalThis.posting = ({read_snippet()})('/', {json.dumps(body)}); 0")
    for _ in range(3):
        await site.gate.open()

    status, text = await site.post("posting")

    assert status == 200
    words = [json.loads(line)["word"] for line in re.findall(r"data: (.*)", str(text))]
    assert words == ["You", "said:", "Grüße"]


@pytest.mark.parametrize("headers", [{}, {"x-amz-content-sha256": "0" * 64}])
async def test_without_the_right_hash_nothing_is_let_in(
    site: Site, headers: dict[str, str]
) -> None:
    options = {"method": "POST", "body": '{"prompt": "a"}', "headers": headers}

    status, text = await site.post(f"fetch('/', {json.dumps(options)})")

    assert status == 403
    assert "signature" in str(text)
