"""The console in a real browser: it draws every chunk as it comes, and needs no mouse.

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

from streambda.local import EndpointKind, LocalCloud
from streambda.local.console import recorder
from streambda.local.console.recording import MAX_CHUNKS
from streambda.local.console.sse_queue import SseQueue
from tests.support.browser import CHROMIUM, start_chromium
from tests.support.browser_page import CONTROL, Page
from tests.support.console_page import (
    has_chunks,
    has_ended,
    open_console,
    parse_host,
    send,
    text_of,
)
from tests.support.gate import Gate, serve_gate
from tests.support.talk_app import write_talk_app

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

ROOT = Path(__file__).parents[2]
SCREENSHOT = ROOT / "docs" / "console.png"
# `STREAMBDA_WRITE_SCREENSHOT=1` makes the test write the picture of the documents anew.
WRITE_SCREENSHOT = "STREAMBDA_WRITE_SCREENSHOT"


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with serve_gate() as gate:
        yield gate


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[LocalCloud]:
    async with LocalCloud(write_talk_app(tmp_path / "app"), console=True) as running:
        yield running


@pytest.fixture
async def page(tmp_path: Path, cloud: LocalCloud) -> AsyncIterator[Page]:
    """The console's page. At the end it must have had no problem and no request to elsewhere."""
    async with start_chromium(tmp_path / "profile") as browser:
        page = await Page.open(browser)
        await page.set_size(1280, 800)
        await open_console(page, cloud)
        yield page
        assert page.problems == []
        assert {urlsplit(one).netloc for one in page.urls} == {parse_host(cloud.console_url)}


async def test_chunk_1_is_drawn_before_chunk_2_can_be_made(page: Page, gate: Gate) -> None:
    await send(page, f"/?gate={gate.port}")
    await page.wait_for(has_chunks(0, 1))
    await page.wait_for(f"{text_of('#announcements')}.includes('first byte after')")
    await gate.open()
    await page.wait_for(has_chunks(0, 3))
    await page.wait_for(has_ended(0))

    # The answer to "send" and the timeline come over two connections: either may be first.
    await page.wait_for(f"{text_of('#result')} === 'answered 200'")
    assert "prelude 200" in await page.get_text(".timeline svg")
    assert "first byte" in await page.get_text(".timeline svg")
    lines = await page.wait_for(
        "document.querySelector('.lines li:nth-child(3)') && "
        "[...document.querySelectorAll('.lines code')].map((line) => line.textContent)"
    )
    assert lines[0].startswith("START RequestId: ")
    assert "talking to streambda-console" in lines[1]
    assert lines[2].startswith("END RequestId: ")
    head = await page.get_text(".timeline details pre")
    assert "cache-control: no-cache" in head
    assert "set-cookie: talked=yes; Path=/" in head
    await page.wait_for(f"{text_of('#announcements')}.includes('Talk: completed after')")
    await page.wait_for(f"{text_of('.timeline dl')}.includes('cold startinit ')")


async def test_two_invocations_side_by_side_on_one_time_axis(page: Page, gate: Gate) -> None:
    await send(page, f"/first?words=3&gate={gate.port}")
    await page.wait_for(has_chunks(0, 1))
    first = await gate.wait_for_arrival()
    await page.tab_to("td input")
    await page.press("Space")
    await send(page, f"/second?words=2&gate={gate.port}")
    await page.wait_for(has_chunks(1, 1))
    second = await gate.wait_for_arrival()

    # Both are running, and each goes on by itself.
    await gate.let_through(second)
    await page.wait_for(has_chunks(1, 3))
    await page.wait_for(has_ended(1))
    assert await page.run(has_chunks(0, 1))
    await gate.let_through(first)
    await page.wait_for(has_chunks(0, 2))
    await gate.open()
    await page.wait_for(has_ended(0))

    titles = "[...document.querySelectorAll('.timeline h3 code')].map((one) => one.textContent)"
    assert [one.partition("?")[0] for one in await page.run(titles)] == [
        "GET /first",
        "GET /second",
    ]
    axis = (
        "[...document.querySelectorAll('.timeline')[%d].querySelectorAll('.grid')]"
        ".map((one) => one.getAttribute('x1')).join()"
    )
    assert await page.run(axis % 0) == await page.run(axis % 1)


async def test_the_arrow_keys_move_through_the_chunks(page: Page) -> None:
    await send(page, "/?words=3")
    await page.wait_for(has_ended(0))

    await page.tab_to(".timeline svg")
    read = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Home"):
        await page.press(key)
        read.append((await page.get_text(".readout")).partition(":")[0])
    value = "document.querySelector('.timeline svg').getAttribute('aria-valuetext')"

    assert read == ["chunk 1 of 4", "chunk 2 of 4", "chunk 1 of 4", "chunk 1 of 4"]
    assert r"data: {\"word\":\"Every\"}" in await page.run(value)


async def test_commands_are_copied_by_keyboard(page: Page, cloud: LocalCloud) -> None:
    await page.allow_copying()
    await send(page, "/?words=1&a=it's")
    await page.wait_for(has_ended(0))

    for kind in ("curl", "boto3"):
        await page.tab_to(f".timeline button[data-command={kind}]")
        await page.press("Enter")
        await page.wait_for(f"{text_of('#announcements')} === 'Copied: {kind}'")
        copied = await page.run("navigator.clipboard.readText()")
        assert cloud.endpoints[1 if kind == "curl" else 0].url.rstrip("/") in copied
        assert "it" in copied


async def test_an_event_is_sent_again_by_keyboard(page: Page) -> None:
    await send(page, "/?words=1")
    await page.wait_for(has_ended(0))

    await page.tab_to(".timeline button[data-command=again]")
    await page.press("Enter")
    await page.wait_for("document.querySelectorAll('tbody tr').length === 2")


async def test_a_failed_invocation_shows_why(page: Page) -> None:
    await send(page, "/?words=2&fails=yes")
    await page.wait_for(has_ended(0, "failed"))

    assert "RuntimeError: the model hung up" in await page.get_text(".failure")
    assert (await page.get_text(".failure")).startswith("in the trailers: ")
    assert ", trailers" in await page.get_text(".timeline svg")


async def test_invocations_from_before_the_page_was_opened_are_shown(
    page: Page, cloud: LocalCloud
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for name in ("one", "two"):
            await http.get(f"{cloud.endpoints[1].url}{name}?words=2")
    await open_console(page, cloud)
    await page.wait_for(has_chunks(0, 3))

    await page.tab_to("tr:nth-child(2) td button")
    await page.press("Enter")
    await page.wait_for(f"{text_of('.timeline h3 code')}?.startsWith('GET /one')")
    await page.wait_for(has_chunks(0, 3))
    assert not await page.run("document.querySelector('#follow').checked")


async def test_a_long_stream_is_drawn_up_to_a_limit(page: Page) -> None:
    await send(page, f"/?burst={MAX_CHUNKS + 500}")
    await page.wait_for(has_ended(0))

    await page.wait_for(has_chunks(0, MAX_CHUNKS))
    facts = re.search(r"160 kB in (\d+) chunks", await page.get_text(".facts"))
    assert facts
    # The endpoint may get a chunk in two pieces, where the socket's buffer ended.
    assert MAX_CHUNKS + 500 <= int(facts[1]) < MAX_CHUNKS + 600


async def test_a_page_that_is_always_behind_shows_a_running_stream(
    page: Page, cloud: LocalCloud, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No event fits into the queue: whatever the page shows, it has from snapshots.
    monkeypatch.setattr(recorder, "SseQueue", partial(SseQueue, max_waiting=0))
    await open_console(page, cloud)
    streams = sum("/api/events" in url for url in page.urls)

    await send(page, f"/?burst=300&gate={gate.port}")
    # The endpoint may get several chunks in one piece, so only the bytes say that all are there.
    await page.wait_for(f"{text_of('.facts')}?.includes('19.2 kB in')")
    await gate.open()
    await page.wait_for(has_ended(0))

    # The table and the timeline are drawn one after the other: in the end they agree.
    in_table = text_of("tbody tr:first-child td:nth-child(9)")
    await page.wait_for(f"Number({in_table}) > 0 && {has_chunks(0, in_table)}")
    # It has not connected again, which would begin from nothing each time.
    assert sum("/api/events" in url for url in page.urls) == streams


async def test_a_request_that_cannot_be_sent_shows_why(page: Page) -> None:
    await send(page, "no-slash")
    # Chromium reports a refused fetch as a problem of the page: the test expects this one.
    await page.wait_for("document.querySelector('#result.bad')")

    assert "expected one that begins with '/'" in await page.get_text("#result")
    assert len(page.problems) == 1
    page.problems.clear()


async def test_an_event_goes_to_lambdas_api(page: Page) -> None:
    select_invoke = (
        "(() => { const select = document.querySelector('#target');"
        "select.value = [...select.options].find((one) => one.text === 'Talk, Invoke').value;"
        "select.dispatchEvent(new Event('change')); })()"
    )
    await page.run(select_invoke)
    event = {"requestContext": {"http": {"userAgent": "nobody"}}}
    await page.tab_to("#body")
    await page.type_text(json.dumps(event))
    await page.press("Enter", CONTROL)
    await page.wait_for(has_ended(0))

    assert await page.get_text("#body-label") == "Event (JSON)"
    assert not await page.run("document.querySelector('#request').checkVisibility()")
    assert "Lambda API" in await page.get_text(".timeline h3")


async def test_every_control_has_a_name_and_shows_its_focus(page: Page) -> None:
    await send(page, "/")
    await page.wait_for(has_ended(0))

    tree = (await page.call("Accessibility.getFullAXTree"))["nodes"]
    roles = {"button", "checkbox", "combobox", "link", "slider", "textbox", "MenuListPopup"}
    controls = [one for one in tree if one["role"]["value"] in roles and not one["ignored"]]
    assert len(controls) >= 12
    unnamed = [one for one in controls if not one.get("name", {}).get("value")]
    assert [one for one in unnamed if one["role"]["value"] != "MenuListPopup"] == []
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    for selector in ("button.main", "td button", ".timeline svg"):
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
    await page.wait_for(has_ended(0, "failed"))
    background = "getComputedStyle(document.body).backgroundColor"

    backgrounds = []
    for scheme in ("light", "dark"):
        await page.set_color_scheme(scheme)
        backgrounds.append(await page.run(background))
        texts = await page.run(CONTRAST)
        assert len(texts) > 30
        assert [one for one in texts if one["ratio"] < 4.5] == [], scheme

    assert backgrounds[0] != backgrounds[1]


async def test_a_narrow_window_needs_no_scrolling_sideways(page: Page) -> None:
    await page.set_size(390, 844)
    await send(page, f"/{'long' * 40}?words=2")
    await page.wait_for(has_ended(0))

    assert await page.run("document.documentElement.scrollWidth") == 390
    order = (
        "['#form', '#list', '#timelines', '#functions'].map("
        "(one) => document.querySelector(one).getBoundingClientRect().top)"
    )
    tops = await page.run(order)
    assert tops == sorted(tops)


LONG_NAME = "A-function-whose-name-is-as-long-as-Lambda-allows-it-64-letters"


@pytest.mark.parametrize("width", [1280, 1300, 1600])
async def test_a_window_of_1300_px_shows_all_columns(
    width: int, page: Page, cloud: LocalCloud
) -> None:
    await page.set_size(width, 800)
    await send(page, f"/{'long' * 40}?words=2&fails=yes")
    await page.wait_for(has_ended(0, "failed"))
    # The widest texts that the other columns can have.
    texts = ["", "23:59:59", LONG_NAME, None, "Function URL", "502", "999 ms", "1800 s", "2000",
             "9.99 MB", "timed-out"]  # fmt: skip
    await page.run(
        f"{json.dumps(texts)}.forEach((text, n) => {{ if (text)"
        " document.querySelectorAll('tbody td')[n].textContent = text; })"
    )

    box = "document.querySelector('#list')"
    assert await page.run(f"{box}.scrollWidth") == await page.run(f"{box}.clientWidth")
    rights = await page.run(
        "[...document.querySelectorAll('th, td')].map((one) => one.getBoundingClientRect().right)"
    )
    assert max(rights) <= width
    headings = "[...document.querySelectorAll('th')].map((one) => one.textContent)"
    assert (await page.run(headings))[-1] == "State"
    assert await page.run(
        "document.querySelector('td.request button').title.startsWith('GET /lon')"
    )


async def test_a_failure_before_the_first_byte_shows_the_status_of_its_endpoint(
    page: Page, cloud: LocalCloud
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        url = next(one.url for one in cloud.endpoints if one.kind is EndpointKind.FUNCTION_URL)
        assert (await http.get(f"{url}?words=none")).status_code == 502
    await page.wait_for(has_ended(0, "failed"))

    await page.wait_for(f"{text_of('tbody tr td:nth-child(6)')} === '502'")
    assert "status502" in await page.get_text(".facts")
    assert "502 (from the endpoint)" in await page.get_text(".timeline details pre")


async def test_a_lost_connection_is_shown(page: Page, cloud: LocalCloud) -> None:
    await cloud.__aexit__(None, None, None)

    await page.wait_for("document.querySelector('#connection.lost')")
    assert "trying again" in await page.get_text("#connection")
    page.problems.clear()  # Chromium says that the connection was lost, too


async def test_the_screenshot_of_the_documents(page: Page, tmp_path: Path) -> None:
    await send(page, "/warm-up?words=1")
    await page.wait_for(has_ended(0))
    await send(page, "/slow?words=15&pace=40")
    await page.wait_for("document.querySelectorAll('tbody tr').length === 2")
    await page.tab_to("tr:first-child td input")
    await page.press("Space")
    await send(page, "/fast?words=12&pace=20")
    await page.wait_for(has_ended(1))
    await page.wait_for(has_ended(0))
    await page.set_size(1280, 880, scale=1.5)
    await page.run("document.activeElement.blur()")
    await page.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    picture = await page.screenshot()

    path = SCREENSHOT if os.environ.get(WRITE_SCREENSHOT) else tmp_path / SCREENSHOT.name
    path.write_bytes(picture)
    assert picture.startswith(b"\x89PNG")
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1920, 1320)
