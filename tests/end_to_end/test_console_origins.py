"""Pages of another origin, in a real browser: a Function URL allows what its Cors allows, and the
console allows nothing.

A page on a port of its own reads a Function URL with fetch and with EventSource. The gate opens
only once the page shows the first event.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import LocalCloud
from tests.support.browser import CHROMIUM, start_chromium
from tests.support.browser_page import Page
from tests.support.foreign_page import ENDS, serve_page, start, wait_for_lines
from tests.support.gate import Gate, serve_gate
from tests.support.talk_app import write_talk_app
from tests.support.wait_until import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

WORDS = ['{"word":"Every"}', '{"word":"word"}']


class ForeignPage:
    """A page of another origin than the cloud. The Function URL allows this origin."""

    def __init__(self, page: Page, cloud: LocalCloud, gate: Gate, origin: str) -> None:
        self.page = page
        self.cloud = cloud
        self.gate = gate
        self.origin = origin

    @property
    def function_url(self) -> str:
        return f"{self.cloud.endpoints[1].url}?gate={self.gate.port}"

    async def start(self, script_function: str, url: str | None, **options: Any) -> None:
        assert url is not None
        await start(self.page, script_function, url, **options)

    async def wait_for_lines(self, count: int) -> list[str]:
        return await wait_for_lines(self.page, count)


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    async with serve_page() as origin:
        yield origin


@pytest.fixture
async def foreign(origin: str, tmp_path: Path) -> AsyncIterator[ForeignPage]:
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
        start_chromium(tmp_path / "profile") as browser,
    ):
        page = await Page.open(browser)
        await page.goto(origin)
        yield ForeignPage(page, cloud, gate, origin)


async def test_fetch_streams_to_a_page_of_another_origin(foreign: ForeignPage) -> None:
    # Because of this header, the browser sends a preflight first.
    options = {"headers": {"x-asked": "yes"}, "credentials": "include"}
    await foreign.start("read", foreign.function_url, **options)
    assert await foreign.wait_for_lines(2) == ["200 id", f"data: {WORDS[0]}"]
    await foreign.gate.open()
    await foreign.page.wait_for(f"{ENDS} === 1")

    # The browser decides how many reads the rest takes and where they are cut.
    _, *body, end = await foreign.wait_for_lines(3)
    assert "".join("".join(body).split()) == f"data:{WORDS[0]}data:{WORDS[1]}event:donedata:"
    assert end == "end"
    assert foreign.page.problems == []


async def test_events_stream_to_a_page_of_another_origin(foreign: ForeignPage) -> None:
    await foreign.start("listen", foreign.function_url, withCredentials=True)
    assert await foreign.wait_for_lines(1) == WORDS[:1]
    await foreign.gate.open()

    assert await foreign.wait_for_lines(3) == [*WORDS, "done"]
    assert foreign.page.problems == []


async def test_cookies_are_sent_where_credentials_are_allowed(foreign: ForeignPage) -> None:
    url = f"{foreign.cloud.endpoints[1].url}?words=1"
    for count in (1, 2):
        await foreign.start("read", url, credentials="include")
        await foreign.page.wait_for(f"{ENDS} === {count}")
    api = f"{foreign.cloud.console_url}api/invocations"
    async with httpx.AsyncClient(trust_env=False) as http:
        summaries = (await http.get(api)).json()["invocations"]
        invocations = [(await http.get(f"{api}/{one['request_id']}")).json() for one in summaries]

    events = [json.loads(one["events"][0]["event"]) for one in invocations]
    assert [one.get("cookies") for one in events] == [None, ["talked=yes"]]


async def test_a_header_that_is_not_allowed_is_not_sent(foreign: ForeignPage) -> None:
    await foreign.start("read", foreign.function_url, headers={"x-other": "yes"})

    assert await foreign.wait_for_lines(1) == ["TypeError"]


async def test_the_console_is_closed_to_a_page_of_another_origin(foreign: ForeignPage) -> None:
    console = foreign.cloud.console_url
    body = json.dumps({"endpoint": 1, "path": "/"})
    json_type = {"content-type": "application/json"}
    await foreign.start("read", f"{console}api/invoke", method="POST", body=body)
    await foreign.wait_for_lines(1)
    await foreign.start("read", f"{console}api/invoke", method="POST", body=body, mode="no-cors")
    await foreign.wait_for_lines(2)
    await foreign.start("read", f"{console}api/invoke", method="POST", body=body, headers=json_type)
    await foreign.wait_for_lines(3)
    await foreign.start("read", f"{console}api/invocations")
    await foreign.wait_for_lines(4)
    await foreign.start("listen", f"{console}api/events")

    assert await foreign.wait_for_lines(5) == ["TypeError"] * 4 + ["error"]
    async with httpx.AsyncClient(trust_env=False) as http:
        content = (await http.get(f"{console}api/invocations")).json()
    assert content["invocations"] == []


async def test_the_console_cannot_be_framed(foreign: ForeignPage) -> None:
    console = json.dumps(foreign.cloud.console_url)
    await foreign.page.run(
        f"const frame = document.createElement('iframe'); frame.src = {console};"
        "frame.onload = () => show('loaded'); document.body.append(frame)"
    )
    await foreign.wait_for_lines(1)

    # The browser reports this on another channel than the page does, and perhaps later.
    await wait_until(lambda: any("frame-ancestors" in one for one in foreign.page.problems))
