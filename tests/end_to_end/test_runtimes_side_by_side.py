"""The console draws functions of different runtimes on one time axis, and names their mistakes."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from tests.support.browser import CHROMIUM, start_chromium
from tests.support.browser_page import Page
from tests.support.console_page import has_ended, open_console, text_of
from tests.support.free_ports import find_free_ports
from tests.support.local_assembly import function, url, write_assembly
from tests.support.no_tls import NO_TLS
from tests.support.web_adapter import (
    ADAPTER,
    LAYER_ARN,
    adapted_function,
    write_app,
    write_layer,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

ROOT = Path(__file__).parents[2]
SCREENSHOT = ROOT / "docs" / "runtimes.png"
# As for the console's other picture: `=1` writes that of the documents anew.
WRITE_SCREENSHOT = "STREAMBDA_WRITE_SCREENSHOT"

QUERY = {"count": "12", "pause": "0.08"}

PYTHON = """
import time
from streambda_runtime import StreamingResponse

def words(event, context):
    query = event["queryStringParameters"]
    def stream():
        for number in range(int(query["count"])):
            yield f"data: word {number}\\n\\n"
            time.sleep(float(query["pause"]))
    return StreamingResponse(stream(), media_type="text/event-stream")
"""

NODE = """
import { setTimeout } from "node:timers/promises";
import { pipeline } from "node:stream/promises";

export const words = awslambda.streamifyResponse(async (event, responseStream) => {
  const { count, pause } = event.queryStringParameters;
  async function* stream() {
    for (let number = 0; number < Number(count); number++) {
      yield `data: word ${number}\\n\\n`;
      await setTimeout(Number(pause) * 1000);
    }
  }
  const headers = { "content-type": "text/event-stream" };
  const out = awslambda.HttpResponseStream.from(responseStream, { statusCode: 200, headers });
  await pipeline(stream, out);
});
"""


def write_python(folder: Path) -> Path:
    folder.mkdir()
    for name in ("bootstrap", "streambda_runtime"):
        (folder / name).symlink_to(ROOT / "lambda_src" / name)
    (folder / "main.py").write_text(PYTHON)
    return folder


def write_node(folder: Path) -> Path:
    folder.mkdir()
    (folder / "index.mjs").write_text(NODE)
    return folder


def with_code(key: str, handler: str, **properties: Any) -> dict[str, Any]:
    code = {"S3Bucket": "assets", "S3Key": key}
    return function(handler, Code=code, MemorySize=512, Timeout=60, **properties)


@asynccontextmanager
async def console_of(cloud: LocalCloud, folder: Path) -> AsyncIterator[Page]:
    async with start_chromium(folder / "profile") as browser:
        page = await Page.open(browser)
        await page.set_size(1280, 800)
        await open_console(page, cloud)
        yield page
        assert page.problems == []


@pytest.mark.skipif(not ADAPTER.exists(), reason="no Lambda Web Adapter: `make bench` builds it")
async def test_python_node_and_the_adapter(tmp_path: Path) -> None:
    resources: dict[str, Any] = {
        "Python": with_code("python.zip", "main.words", FunctionName="Python"),
        "Node": with_code("node.zip", "index.words", FunctionName="Node", Runtime="nodejs24.x"),
        "Adapter": adapted_function(find_free_ports(1), FunctionName="Adapter"),
        **{f"{name}Url": url(name) for name in ("Python", "Node", "Adapter")},
    }
    assets = {
        "python.zip": write_python(tmp_path / "python"),
        "node.zip": write_node(tmp_path / "node"),
        "app.zip": write_app(tmp_path / "app"),
    }
    written = write_assembly(tmp_path / "cdk.out", resources, assets=assets)
    layers = {LAYER_ARN: write_layer(tmp_path / "layer")}
    async with LocalCloud(written, console=True, layers=layers) as cloud:
        await call_all(cloud)  # cold starts
        bodies = await call_all(cloud)
        async with console_of(cloud, tmp_path) as page:
            picture = await draw(page)

    assert len(set(bodies)) == 1
    path = SCREENSHOT if os.environ.get(WRITE_SCREENSHOT) else tmp_path / SCREENSHOT.name
    path.write_bytes(picture)
    assert picture.startswith(b"\x89PNG")


async def call_all(cloud: LocalCloud) -> list[str]:
    addresses = [one.url for one in cloud.endpoints if one.kind is EndpointKind.FUNCTION_URL]
    async with httpx.AsyncClient(timeout=60, trust_env=False, verify=NO_TLS) as client:
        return [(await client.get(f"{one}words", params=QUERY)).text for one in addresses]


async def draw(page: Page) -> bytes:
    """The three warm invocations, which are the newest."""
    await page.wait_for("document.querySelectorAll('tbody tr').length === 6")
    await page.run(
        "[...document.querySelectorAll('tbody tr')].slice(0, 3)"
        ".forEach((row) => { const box = row.querySelector('td input');"
        " if (!box.checked) box.click(); })"
    )
    for number in range(3):
        await page.wait_for(has_ended(number))
    await page.set_size(1280, 1410, scale=1.5)
    await page.run("document.activeElement.blur()")
    await page.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return await page.screenshot()


async def test_a_runtime_that_loses_its_error(tmp_path: Path) -> None:
    """The client sees a success, and the page says why that is none.

    The function's name is as long as a stack makes it: the table has the short one, and the list of
    functions the whole, within its box.
    """
    name = f"Stack-Words-{'A' * 52}"
    written = write_assembly(tmp_path / "cdk.out", {"Words": function(FunctionName=name)})
    async with LocalCloud(written, console=True) as cloud:
        _ = [chunk async for chunk in cloud.invoke_stream(name, {"do": "undeclared"})]
        async with console_of(cloud, tmp_path) as page:
            await page.wait_for("document.querySelectorAll('tbody tr').length === 1")
            await page.run("document.querySelector('tbody tr td input').click()")
            await page.wait_for(f"{text_of('.timeline .failure')}.includes('trailers')")

            told = await page.get_text(".timeline .failure")
            await page.wait_for(f"{text_of('tbody td.function')} === 'Words'")
            assert await page.get_text("#functions strong") == name
            box = "document.querySelector('#functions')"
            assert await page.run(f"{box}.scrollWidth") == await page.run(f"{box}.clientWidth")

    assert told == ("its error trailers are dropped, `Trailer` does not announce them: a success")
