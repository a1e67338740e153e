"""The page of the chat example in a real browser: words as they come, tools, stop, retry, errors.

The model waits at a gate between two words, and the gate opens once the page shows the first.
"""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from streambda.local.blocking import BlockingCloud
from streambda.node import JSII_NODE
from tests.support.browser import CHROMIUM, start_chromium
from tests.support.browser_page import Page
from tests.support.chat_example import ChatExample
from tests.support.llm_clients import SCRIPTS, need_scripts
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


@pytest.fixture(scope="module")
def use_chat() -> str:
    """A page's script with `useChat` of the AI SDK."""
    need_scripts()
    node = os.environ.get(JSII_NODE, "node")
    command = [node, str(SCRIPTS / "bundle.mjs"), str(SCRIPTS / "use_chat.jsx")]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


STATUS = "document.querySelector('#status')?.textContent"
ANSWER = "[...document.querySelectorAll('.assistant')].at(-1)?.innerText"


async def test_react_shows_words_as_they_come_and_stops(
    page: Page, example: ChatExample, use_chat: str
) -> None:
    await page.run(use_chat)
    await page.wait_for(f"{STATUS} === 'ready'")
    example.gate.shut()
    await page.run("void chat.sendMessage({ text: 'one two' })")
    await page.wait_for(f"{STATUS} === 'streaming' && {ANSWER} === 'You'")
    await page.run("void chat.stop()")
    await page.wait_for(f"{STATUS} === 'ready' && {ANSWER} === 'You'")
    example.gate.open()
    await page.run("void chat.regenerate()")

    await page.wait_for(f"{STATUS} === 'ready' && {ANSWER} === 'You said: one two'")


async def test_react_shows_tools_and_errors(
    page: Page, example: ChatExample, use_chat: str
) -> None:
    await page.run(use_chat)
    await page.wait_for(f"{STATUS} === 'ready'")
    example.gate.open()
    await page.run("void chat.sendMessage({ text: 'What is the weather in Oslo?' })")
    await page.wait_for(f"{STATUS} === 'ready' && {ANSWER}?.endsWith('21 °C.')")
    tool = await page.get_text(".tool-part")
    await page.run("void chat.sendMessage({ text: 'fail' })")
    await page.wait_for(f"{STATUS} === 'error'")

    assert tool == (
        'tool-weather output-available {"city":"Oslo"} {"city":"Oslo","sky":"sunny","celsius":21}'
    )
    assert await page.run(ANSWER) == "I was going to say"
    assert await page.get_text("#failure") == "the model has too many requests, try again later"
