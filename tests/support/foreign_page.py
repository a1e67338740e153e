"""A page of another origin than the cloud: it shows what it reads, and errors, as a list."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.responses import HTMLResponse

from streambda.local.http.server import HttpServer, bind, url_of
from tests.support.background_task import run_in_background
from tests.support.browser_page import Page

PAGE = """<!doctype html><link rel="icon" href="data:,"><ol></ol><script>
const show = (text) => {
  const item = document.createElement("li");
  item.textContent = text;
  document.querySelector("ol").append(item);
};
async function read(url, options) {
  try {
    const answer = await fetch(url, options);
    show(`${answer.status} ${answer.headers.get("x-amzn-requestid") ? "id" : "no id"}`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part; !(part = await reader.read()).done; ) show(part.value.trim());
    show("end");
  } catch (error) {
    show(error.name);
  }
}
function listen(url, options) {
  const source = new EventSource(url, options);
  source.onmessage = ({ data }) => show(data);
  source.onerror = () => { show("error"); source.close(); };
  source.addEventListener("done", () => { show("done"); source.close(); });
}
</script>"""

# An expression: how many streams the page has read to their end.
ENDS = "[...document.querySelectorAll('li')].filter((one) => one.textContent === 'end').length"


@asynccontextmanager
async def serve_page() -> AsyncIterator[str]:
    """The origin of the page."""
    with bind("127.0.0.1", 0) as bound:
        server = HttpServer(HTMLResponse(PAGE), bound)
        async with run_in_background(server.serve_socket()):
            yield url_of(bound)
            await server.hang_up()


async def start(page: Page, script_function: str, url: str, **options: Any) -> None:
    """Calls "read" or "listen" of the page, and does not wait for its end."""
    await page.run(f"void {script_function}({json.dumps(url)}, {json.dumps(options)})")


async def wait_for_lines(page: Page, count: int) -> list[str]:
    """Waits until the page shows `count` lines, and returns all."""
    lines = "[...document.querySelectorAll('li')].map((one) => one.textContent)"
    texts: list[str] = await page.wait_for(
        f"document.querySelectorAll('li').length >= {count} && {lines}"
    )
    return texts
