"""The console in a real browser: every chunk is drawn as it comes, and the keyboard is enough.

The function waits at a gate before its second chunk, and the gate opens only once the page shows
the first. Whatever holds a chunk back, on the way to the page or in it, makes these tests time out.
"""

import json
import os
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from streambda.local import LocalCloud
from streambda.local.console import recorder
from streambda.local.console.feed import Feed
from streambda.local.console.recording import MOST_CHUNKS
from tests.support.browser import CHROMIUM, chromium
from tests.support.browser_page import CONTROL, Page
from tests.support.gate import Gate, serve_gate
from tests.support.talk_app import write_talk_app

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

ROOT = Path(__file__).parents[2]
SCREENSHOT = ROOT / "docs" / "console.png"
# `STREAMBDA_WRITE_SCREENSHOT=1` puts what the test has seen into the documents.
WRITE = "STREAMBDA_WRITE_SCREENSHOT"


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with serve_gate() as opened:
        yield opened


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[LocalCloud]:
    async with LocalCloud(write_talk_app(tmp_path / "app"), console=True) as running:
        yield running


@pytest.fixture
async def page(tmp_path: Path, cloud: LocalCloud) -> AsyncIterator[Page]:
    """The console, open; afterwards nothing may have gone wrong in it, or gone elsewhere."""
    async with chromium(tmp_path / "profile") as browser:
        opened = await Page.open(browser)
        await opened.size(1280, 800)
        await open_console(opened, cloud)
        yield opened
        assert opened.problems == []
        assert {urlsplit(one).netloc for one in opened.urls} == {at(cloud.console_url)}


def at(url: str | None) -> str:
    return urlsplit(url or "").netloc


async def open_console(page: Page, cloud: LocalCloud) -> None:
    assert cloud.console_url
    await page.goto(cloud.console_url)
    await page.shows("document.querySelector('#connection').textContent === 'live'")
    await page.shows("document.querySelector('#functions li')")


async def send(page: Page, path: str) -> None:
    """As somebody without a mouse does."""
    await page.tab_to("#path")
    await page.write(path)
    await page.press("Enter", CONTROL)


def marks(lane: int, count: int) -> str:
    """Whether a lane shows just that many chunks."""
    found = f".lane:nth-child({lane + 1}) [data-chunk]"
    return f"document.querySelectorAll({json.dumps(found)}).length === {count}"


def ended(lane: int, outcome: str = "completed") -> str:
    found = f".lane:nth-child({lane + 1}) .outcome-{outcome}"
    return f"document.querySelector({json.dumps(found)})"


async def test_chunk_1_is_drawn_before_chunk_2_can_be_made(page: Page, gate: Gate) -> None:
    await send(page, f"/?gate={gate.port}")
    await page.shows(marks(0, 1))
    await page.shows("document.querySelector('#news').textContent.includes('first byte after')")
    await gate.open()
    await page.shows(marks(0, 3))
    await page.shows(ended(0))

    assert await page.text("#answer") == "answered 200"
    assert "prelude 200" in await page.text(".lane svg")
    assert "first byte" in await page.text(".lane svg")
    lines = await page.shows(
        "document.querySelector('.lines li:nth-child(3)') && "
        "[...document.querySelectorAll('.lines code')].map((line) => line.textContent)"
    )
    assert lines[0].startswith("START RequestId: ")
    assert "talking to streambda-console" in lines[1]
    assert lines[2].startswith("END RequestId: ")
    head = await page.text(".lane details pre")
    assert "cache-control: no-cache" in head
    assert "set-cookie: talked=yes; Path=/" in head
    assert "Talk: completed after" in await page.text("#news")
    await page.shows("document.querySelector('.lane dl').textContent.includes('cold startinit ')")


async def test_two_runs_side_by_side_on_one_time_axis(page: Page, gate: Gate) -> None:
    await send(page, f"/first?words=3&gate={gate.port}")
    await page.shows(marks(0, 1))
    first = await gate.wait_for_arrival()
    await page.tab_to("td input")
    await page.press("Space")
    await send(page, f"/second?words=2&gate={gate.port}")
    await page.shows(marks(1, 1))
    second = await gate.wait_for_arrival()

    # Both are alive, and each goes on by itself.
    await gate.let_through(second)
    await page.shows(marks(1, 3))
    await page.shows(ended(1))
    assert await page.run(marks(0, 1))
    await gate.let_through(first)
    await page.shows(marks(0, 2))
    await gate.open()
    await page.shows(ended(0))

    titles = "[...document.querySelectorAll('.lane h3 code')].map((one) => one.textContent)"
    assert [one.partition("?")[0] for one in await page.run(titles)] == [
        "GET /first",
        "GET /second",
    ]
    axis = (
        "[...document.querySelectorAll('.lane')[%d].querySelectorAll('.grid')]"
        ".map((one) => one.getAttribute('x1')).join()"
    )
    assert await page.run(axis % 0) == await page.run(axis % 1)


async def test_the_keyboard_walks_through_the_chunks(page: Page) -> None:
    await send(page, "/?words=3")
    await page.shows(ended(0))

    await page.tab_to(".lane svg")
    read = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Home"):
        await page.press(key)
        read.append((await page.text(".readout")).partition(":")[0])
    value = "document.querySelector('.lane svg').getAttribute('aria-valuetext')"

    assert read == ["chunk 1 of 4", "chunk 2 of 4", "chunk 1 of 4", "chunk 1 of 4"]
    assert r"data: {\"word\":\"Every\"}" in await page.run(value)


async def test_commands_are_copied_by_keyboard(page: Page, cloud: LocalCloud) -> None:
    await page.may_copy()
    await send(page, "/?words=1&a=it's")
    await page.shows(ended(0))

    for kind in ("curl", "boto3"):
        await page.tab_to(f".lane button[data-command={kind}]")
        await page.press("Enter")
        await page.shows(f"document.querySelector('#news').textContent === 'Copied: {kind}'")
        copied = await page.run("navigator.clipboard.readText()")
        assert cloud.endpoints[1 if kind == "curl" else 0].url.rstrip("/") in copied
        assert "it" in copied


async def test_a_run_that_fails_says_why(page: Page) -> None:
    await send(page, "/?words=2&fails=yes")
    await page.shows(ended(0, "failed"))

    assert "RuntimeError: the model hung up" in await page.text(".failure")
    assert (await page.text(".failure")).startswith("in the trailers: ")
    assert ", trailers" in await page.text(".lane svg")


async def test_what_was_there_before_the_page_is_shown(page: Page, cloud: LocalCloud) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for name in ("one", "two"):
            await http.get(f"{cloud.endpoints[1].url}{name}?words=2")
    await open_console(page, cloud)
    await page.shows(marks(0, 3))

    await page.tab_to("tr:nth-child(2) td button")
    await page.press("Enter")
    await page.shows("document.querySelector('.lane h3 code')?.textContent.startsWith('GET /one')")
    await page.shows(marks(0, 3))
    assert not await page.run("document.querySelector('#follow').checked")


async def test_a_long_stream_is_drawn_up_to_a_limit(page: Page) -> None:
    await send(page, f"/?burst={MOST_CHUNKS + 500}")
    await page.shows(ended(0))

    assert await page.run(marks(0, MOST_CHUNKS))
    facts = re.search(r"160 kB in (\d+) chunks", await page.text(".facts"))
    assert facts
    # The endpoint may get a chunk in two pieces, where the socket's buffer ended.
    assert MOST_CHUNKS + 500 <= int(facts[1]) < MOST_CHUNKS + 600


async def test_a_page_that_falls_behind_begins_anew(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sum("/api/events" in url for url in page.urls)
    monkeypatch.setattr(recorder, "Feed", partial(Feed, most=3))
    await page.goto(page.urls[0])
    await page.shows("document.querySelector('#connection').textContent === 'live'")

    await send(page, "/?burst=300")
    await page.shows(ended(0))

    chunks = await page.text("tbody tr:first-child td:nth-child(9)")
    assert int(chunks) >= 300
    assert await page.run(marks(0, int(chunks)))
    assert sum("/api/events" in url for url in page.urls) >= asked + 2


async def test_what_cannot_be_sent_is_told(page: Page) -> None:
    await send(page, "no-slash")
    # Chromium reports a refused fetch as a problem of the page: it is the one that is wanted.
    await page.shows("document.querySelector('#answer.bad')")

    assert "expected one that begins with '/'" in await page.text("#answer")
    assert len(page.problems) == 1
    page.problems.clear()


async def test_an_event_for_lambdas_api(page: Page) -> None:
    choose = (
        "(() => { const select = document.querySelector('#target');"
        "select.value = [...select.options].find((one) => one.text === 'Talk, Invoke').value;"
        "select.dispatchEvent(new Event('change')); })()"
    )
    await page.run(choose)
    event = {"requestContext": {"http": {"userAgent": "nobody"}}}
    await page.tab_to("#body")
    await page.write(json.dumps(event))
    await page.press("Enter", CONTROL)
    await page.shows(ended(0))

    assert await page.text("#body-label") == "Event (JSON)"
    assert not await page.run("document.querySelector('#request').checkVisibility()")
    assert "Lambda API" in await page.text(".lane h3")


async def test_every_control_has_a_name_and_shows_its_focus(page: Page) -> None:
    await send(page, "/")
    await page.shows(ended(0))

    tree = (await page.call("Accessibility.getFullAXTree"))["nodes"]
    roles = {"button", "checkbox", "combobox", "link", "slider", "textbox", "MenuListPopup"}
    controls = [one for one in tree if one["role"]["value"] in roles and not one["ignored"]]
    assert len(controls) >= 12
    unnamed = [one for one in controls if not one.get("name", {}).get("value")]
    assert [one for one in unnamed if one["role"]["value"] != "MenuListPopup"] == []
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    for selector in ("button.main", "td button", ".lane svg"):
        await page.tab_to(selector)
        assert await page.run(outline) == "solid", selector


# Contrast of text, WCAG 2.2 success criterion 1.4.3: 4.5 to 1 at these sizes.
CONTRAST = """
(() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = parts(color).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return parts(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  return [...document.querySelectorAll("h1,h2,h3,p,label,button,td,th,dt,dd,summary,li,text")]
    .filter((one) => one.checkVisibility() && one.textContent.trim())
    .map((one) => {
      const style = getComputedStyle(one);
      const ink = one instanceof SVGElement ? style.fill : style.color;
      const pair = [light(ink), light(behind(one))].sort((a, b) => b - a);
      return { text: one.textContent.trim(), ratio: (pair[0] + 0.05) / (pair[1] + 0.05) };
    });
})()
"""


async def test_light_and_dark_are_both_readable(page: Page) -> None:
    await send(page, "/?words=2&fails=yes")
    await page.shows(ended(0, "failed"))
    background = "getComputedStyle(document.body).backgroundColor"

    seen = []
    for scheme in ("light", "dark"):
        await page.scheme(scheme)
        seen.append(await page.run(background))
        texts = await page.run(CONTRAST)
        assert len(texts) > 30
        assert [one for one in texts if one["ratio"] < 4.5] == [], scheme

    assert seen[0] != seen[1]


async def test_a_narrow_window_needs_no_scrolling_sideways(page: Page) -> None:
    await page.size(390, 844)
    await send(page, f"/{'long' * 40}?words=2")
    await page.shows(ended(0))

    assert await page.run("document.documentElement.scrollWidth") == 390
    order = (
        "['#form', '#list', '#lanes', '#functions'].map("
        "(one) => document.querySelector(one).getBoundingClientRect().top)"
    )
    tops = await page.run(order)
    assert tops == sorted(tops)


async def test_a_lost_connection_is_told(page: Page, cloud: LocalCloud) -> None:
    await cloud.__aexit__(None, None, None)

    await page.shows("document.querySelector('#connection.lost')")
    assert "trying again" in await page.text("#connection")
    page.problems.clear()  # Chromium says that the connection was lost, too


async def test_the_screenshot_of_the_documents(page: Page, tmp_path: Path) -> None:
    await send(page, "/warm-up?words=1")
    await page.shows(ended(0))
    await send(page, "/slow?words=15&pace=40")
    await page.shows("document.querySelectorAll('tbody tr').length === 2")
    await page.tab_to("tr:first-child td input")
    await page.press("Space")
    await send(page, "/fast?words=12&pace=20")
    await page.shows(ended(1))
    await page.shows(ended(0))
    await page.size(1280, 880, scale=1.5)
    await page.run("document.activeElement.blur()")
    await page.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    picture = await page.screenshot()

    path = SCREENSHOT if os.environ.get(WRITE) else tmp_path / SCREENSHOT.name
    path.write_bytes(picture)
    assert picture.startswith(b"\x89PNG")
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1920, 1320)
