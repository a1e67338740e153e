"""The page of the chat example in a real browser: words as they come, tools, stop, retry, errors.

The model waits at a gate between two words, and the gate opens once the page shows the first.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from streambda.local.blocking import BlockingCloud
from tests.support.browser import CHROMIUM, start_chromium
from tests.support.browser_page import Page
from tests.support.chat_example import ChatExample
from tests.support.templates import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

SCREENSHOT = ROOT / "docs/chat.png"
# `STREAMBDA_WRITE_SCREENSHOT=1` makes the test write the picture of the documents anew.
WRITE_SCREENSHOT = "STREAMBDA_WRITE_SCREENSHOT"
LAST = "[...document.querySelectorAll('.message')].at(-1)"
ENDED = "document.querySelector('#stop').disabled"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ChatExample:
    return ChatExample(tmp_path_factory.mktemp("chat"))


@pytest.fixture(scope="module")
def cloud(example: ChatExample) -> Iterator[BlockingCloud]:
    with example.run(MODEL="") as cloud:
        yield cloud


@pytest.fixture
async def page(tmp_path: Path, cloud: BlockingCloud) -> AsyncIterator[Page]:
    """At the end it must have had no problem and no request to elsewhere."""
    url = cloud.function_url("Chat")
    async with start_chromium(tmp_path / "profile") as browser:
        page = await Page.open(browser)
        await page.set_size(760, 620)
        await page.goto(url)
        yield page
        assert page.problems == []
        assert {one for one in page.urls if not one.startswith((url, "data:"))} == set()


async def ask(page: Page, text: str) -> None:
    """With the keyboard only."""
    await page.tab_to("#prompt")
    await page.type_text(text)
    await page.press("Enter")


async def wait_for_answer(page: Page, text: str) -> None:
    await page.wait_for(f"{ENDED} && {LAST}.innerText === {text!r}")


async def test_words_are_shown_as_they_come(page: Page, example: ChatExample) -> None:
    example.gate.shut()
    await ask(page, "one two")
    await page.wait_for(f"{LAST}.innerText === 'You'")
    streaming = await page.run(f"{LAST}.classList.contains('streaming') && !({ENDED})")
    example.gate.open()

    await wait_for_answer(page, "You said: one two")
    assert streaming is True


async def test_stop_and_retry(page: Page, example: ChatExample) -> None:
    example.gate.shut()
    await ask(page, "one two")
    await page.wait_for(f"{LAST}.innerText === 'You'")
    await page.tab_to("#stop")
    await page.press("Enter")
    await wait_for_answer(page, "You\nStopped.")
    example.gate.open()
    await page.tab_to("#retry")
    await page.press("Enter")

    await wait_for_answer(page, "You said: one two")
    assert await page.run("document.querySelectorAll('.message').length") == 2


async def test_a_tool_call_and_an_error(page: Page, example: ChatExample) -> None:
    example.gate.open()
    await ask(page, "What is the weather in Oslo?")
    await page.wait_for(f"{ENDED} && {LAST}.innerText.endsWith('It is sunny in Oslo, 21 °C.')")
    tool = await page.get_text(".tool")
    await ask(page, "Now fail.")
    await page.wait_for(f"{ENDED} && document.querySelector('.error')")
    error = await page.get_text(".error")

    told = '{"city":"Oslo","sky":"sunny","celsius":21}'
    assert tool == f'weather {{"city": "Oslo"}} → {told}'
    assert error.strip() == (
        "The answer broke off: the model has too many requests, try again later"
    )
    if os.environ.get(WRITE_SCREENSHOT):
        SCREENSHOT.write_bytes(await page.screenshot())


async def test_a_conversation_goes_on_after_a_thought(page: Page, example: ChatExample) -> None:
    example.gate.open()
    await ask(page, "think <b>hard</b>")
    await page.wait_for(f"{ENDED} && {LAST}.innerText.endsWith('You said: think <b>hard</b>')")
    thought = await page.get_text(".reasoning")
    await ask(page, "more")

    await wait_for_answer(page, "You said: more")
    assert thought == "They want me to think.\n"
