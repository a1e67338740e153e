"""What tests do on the console's page in a browser, and what they look for there."""

import json
from urllib.parse import urlsplit

from streambda.local import LocalCloud
from tests.support.browser_page import CONTROL, Page


def parse_host(url: str | None) -> str:
    return urlsplit(url or "").netloc


async def open_console(page: Page, cloud: LocalCloud) -> None:
    assert cloud.console_url
    await page.goto(cloud.console_url)
    await page.wait_for(f"{text_of('#connection')} === 'live'")
    # With this list, the form is ready.
    await page.wait_for("document.querySelector('#functions li')")


async def send(page: Page, path: str) -> None:
    """With the keyboard only."""
    await page.tab_to("#path")
    await page.type_text(path)
    await page.press("Enter", CONTROL)


def text_of(selector: str) -> str:
    """An expression: the text of an element, if there is one."""
    return f"document.querySelector({json.dumps(selector)})?.textContent"


def has_chunks(timeline: int, count: int | str) -> str:
    """An expression: whether a timeline shows exactly this many chunks, or those of a text."""
    selector = f".timeline:nth-child({timeline + 1}) [data-chunk]"
    return f"document.querySelectorAll({json.dumps(selector)}).length === Number({count})"


def has_ended(timeline: int, outcome: str = "completed") -> str:
    """An expression: whether a timeline shows this outcome."""
    selector = f".timeline:nth-child({timeline + 1}) .outcome-{outcome}"
    return f"document.querySelector({json.dumps(selector)})"
