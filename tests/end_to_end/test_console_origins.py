"""Pages of another origin, in a real browser: what a Function URL lets them do, and the console
does not.

A page on a port of its own reads a Function URL with fetch and with EventSource, and the gate
opens only once the page shows the first event.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse

from streambda.local import LocalCloud
from streambda.local.http.server import EndpointServer, bind, url_of
from tests.support.background_task import run_in_background
from tests.support.browser import CHROMIUM, chromium
from tests.support.browser_page import Page
from tests.support.gate import Gate, serve_gate
from tests.support.talk_app import write_talk_app
from tests.support.wait_until import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

# What arrives is written into the list, and so is what goes wrong.
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

# How many streams the page has read to their end.
ENDS = "[...document.querySelectorAll('li')].filter((one) => one.textContent === 'end').length"

WORDS = ['{"word":"Every"}', '{"word":"word"}']


class Elsewhere:
    """A page of another origin than all that it asks, and a cloud that lets it."""

    def __init__(self, page: Page, cloud: LocalCloud, gate: Gate, origin: str) -> None:
        self.page = page
        self.cloud = cloud
        self.gate = gate
        self.origin = origin

    @property
    def function_url(self) -> str:
        return f"{self.cloud.endpoints[1].url}?gate={self.gate.port}"

    async def start(self, call: str, url: str | None, **options: Any) -> None:
        await self.page.run(f"void {call}({json.dumps(url)}, {json.dumps(options)})")

    async def seen(self, count: int) -> list[str]:
        """What the page has shown once there are `count` lines."""
        lines = "[...document.querySelectorAll('li')].map((one) => one.textContent)"
        found: list[str] = await self.page.shows(
            f"document.querySelectorAll('li').length >= {count} && {lines}"
        )
        return found


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    with bind("127.0.0.1", 0) as bound:
        server = EndpointServer(HTMLResponse(PAGE), bound)
        async with run_in_background(server.run_endpoint()):
            yield url_of(bound)
            await server.hang_up()


@pytest.fixture
async def elsewhere(origin: str, tmp_path: Path) -> AsyncIterator[Elsewhere]:
    app = write_talk_app(
        tmp_path / "app",
        AllowOrigins=[origin],
        AllowMethods=["GET"],
        AllowHeaders=["x-asked"],
        AllowCredentials=True,
        ExposeHeaders=["x-amzn-requestid"],
        MaxAge=0,
    )
    async with (
        serve_gate() as gate,
        LocalCloud(app, console=True) as cloud,
        chromium(tmp_path / "profile") as browser,
    ):
        page = await Page.open(browser)
        await page.goto(origin)
        yield Elsewhere(page, cloud, gate, origin)


async def test_fetch_streams_to_a_page_of_another_origin(elsewhere: Elsewhere) -> None:
    # A header of its own: the browser asks with a preflight.
    asked = {"headers": {"x-asked": "yes"}, "credentials": "include"}
    await elsewhere.start("read", elsewhere.function_url, **asked)
    assert await elsewhere.seen(2) == ["200 id", f"data: {WORDS[0]}"]
    await elsewhere.gate.open()
    await elsewhere.page.shows(f"{ENDS} === 1")

    # In how many reads the rest comes, and where they are cut, is the browser's affair.
    _, *body, end = await elsewhere.seen(3)
    assert "".join("".join(body).split()) == f"data:{WORDS[0]}data:{WORDS[1]}event:donedata:"
    assert end == "end"
    assert elsewhere.page.problems == []


async def test_events_stream_to_a_page_of_another_origin(elsewhere: Elsewhere) -> None:
    await elsewhere.start("listen", elsewhere.function_url, withCredentials=True)
    assert await elsewhere.seen(1) == WORDS[:1]
    await elsewhere.gate.open()

    assert await elsewhere.seen(3) == [*WORDS, "done"]
    assert elsewhere.page.problems == []


async def test_cookies_go_along_where_credentials_are_allowed(elsewhere: Elsewhere) -> None:
    url = f"{elsewhere.cloud.endpoints[1].url}?words=1"
    for count in (1, 2):
        await elsewhere.start("read", url, credentials="include")
        await elsewhere.page.shows(f"{ENDS} === {count}")
    api = f"{elsewhere.cloud.console_url}api/invocations"
    async with httpx.AsyncClient(trust_env=False) as http:
        lines = (await http.get(api)).json()["invocations"]
        runs = [(await http.get(f"{api}/{one['request_id']}")).json() for one in lines]

    events = [json.loads(run["events"][0]["event"]) for run in runs]
    assert [one.get("cookies") for one in events] == [None, ["talked=yes"]]


async def test_a_header_that_is_not_allowed_is_not_sent(elsewhere: Elsewhere) -> None:
    await elsewhere.start("read", elsewhere.function_url, headers={"x-other": "yes"})

    assert await elsewhere.seen(1) == ["TypeError"]


async def test_the_console_is_closed_to_a_page_of_another_origin(elsewhere: Elsewhere) -> None:
    console = elsewhere.cloud.console_url
    order = json.dumps({"endpoint": 1, "path": "/"})
    json_type = {"content-type": "application/json"}
    await elsewhere.start("read", f"{console}api/invoke", method="POST", body=order)
    await elsewhere.seen(1)
    await elsewhere.start("read", f"{console}api/invoke", method="POST", body=order, mode="no-cors")
    await elsewhere.seen(2)
    await elsewhere.start(
        "read", f"{console}api/invoke", method="POST", body=order, headers=json_type
    )
    await elsewhere.seen(3)
    await elsewhere.start("read", f"{console}api/invocations")
    await elsewhere.seen(4)
    await elsewhere.start("listen", f"{console}api/events")

    assert await elsewhere.seen(5) == ["TypeError"] * 4 + ["error"]
    async with httpx.AsyncClient(trust_env=False) as http:
        told = (await http.get(f"{console}api/invocations")).json()
    assert told["invocations"] == []


async def test_the_console_cannot_be_framed(elsewhere: Elsewhere) -> None:
    console = json.dumps(elsewhere.cloud.console_url)
    await elsewhere.page.run(
        f"const frame = document.createElement('iframe'); frame.src = {console};"
        "frame.onload = () => show('loaded'); document.body.append(frame)"
    )
    await elsewhere.seen(1)

    # The browser's word on it comes by another way than the page's, and perhaps later.
    await wait_until(lambda: any("frame-ancestors" in one for one in elsewhere.page.problems))
