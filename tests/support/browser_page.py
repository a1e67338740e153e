"""One page in Chromium: go somewhere, press keys, wait until the page shows something."""

import asyncio
import json
from base64 import b64decode
from typing import Any

from tests.support.browser import Browser

WAIT_S = 30.0

# Name -> code, virtual key and text, as a keyboard event has them.
KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Space": ("Space", 32, " "),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "Home": ("Home", 36, ""),
    "a": ("KeyA", 65, "a"),
}
CONTROL = 2

CLIPBOARD = ["clipboardReadWrite", "clipboardSanitizedWrite"]

# Resolves when the expression is truthy. Whatever changes it changes the document as well.
WAIT = """
new Promise((resolve) => {
  const look = () => {
    const found = (() => (%s))();
    if (!found) return false;
    watcher.disconnect();
    resolve(found);
    return true;
  };
  const watcher = new MutationObserver(look);
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  watcher.observe(document, all);
  look();
})
"""


class Page:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._session = ""
        self._loaded = asyncio.Event()
        self.problems: list[str] = []  # console errors and warnings, uncaught exceptions
        self.urls: list[str] = []  # every request

    @classmethod
    async def open(cls, browser: Browser) -> "Page":
        page = cls(browser)
        page._session = await browser.attach(page._listen)
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.call(f"{domain}.enable")
        return page

    def _listen(self, message: dict[str, Any]) -> None:
        params = message["params"]
        match message["method"]:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Network.requestWillBeSent":
                self.urls.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.problems.append(json.dumps(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in {"error", "warning"}:
                self.problems.append(json.dumps(params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] in {"error", "warning"}:
                entry = params["entry"]
                self.problems.append(f"{entry['text']} {entry.get('url', '')}")

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._browser.call(method, self._session, **params)

    async def goto(self, url: str) -> None:
        self._loaded.clear()
        answer = await self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        async with asyncio.timeout(WAIT_S):
            await self._loaded.wait()

    async def run(self, expression: str) -> Any:
        """The value of an expression, awaited if it is a promise; an exception fails."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def shows(self, expression: str) -> Any:
        """Returns the expression's value once it is truthy."""
        try:
            async with asyncio.timeout(WAIT_S):
                return await self.run(WAIT % expression)
        except TimeoutError:
            text = await self.run("document.body.innerText")
            raise AssertionError(f"no {expression}\n{self.problems}\n{text}") from None

    async def text(self, selector: str) -> str:
        found = await self.run(f"document.querySelector({json.dumps(selector)}).textContent")
        return str(found)

    async def press(self, key: str, modifiers: int = 0) -> None:
        code, number, text = KEYS[key]
        named = " " if key == "Space" else key
        common = {"key": named, "code": code, "windowsVirtualKeyCode": number}
        plain = {"text": text} if text and not modifiers & CONTROL else {}
        down = "keyDown" if plain else "rawKeyDown"
        commands = {"commands": ["selectAll"]} if key == "a" and modifiers & CONTROL else {}
        for kind, extra in ((down, {**plain, **commands}), ("keyUp", {})):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, modifiers=modifiers, **common, **extra
            )

    async def write(self, text: str) -> None:
        """Types over what the focused field holds."""
        await self.press("a", CONTROL)
        await self.call("Input.insertText", text=text)

    async def tab_to(self, selector: str, most: int = 100) -> None:
        """By the Tab key alone, which begins anew behind the last control."""
        there = f"document.activeElement?.matches({json.dumps(selector)})"
        for _ in range(most):
            if await self.run(there):
                return
            await self.press("Tab")
        raise AssertionError(f"{selector} is not reached by {most} tabs")

    async def may_copy(self) -> None:
        """Lets the page write to the clipboard and read it, as one that has the focus."""
        await self._browser.call("Browser.grantPermissions", permissions=CLIPBOARD)
        await self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    async def size(self, width: int, height: int, scale: float = 1) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    async def scheme(self, value: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": value}]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def screenshot(self) -> bytes:
        """As PNG."""
        answer = await self.call("Page.captureScreenshot", format="png")
        return b64decode(answer["data"])
