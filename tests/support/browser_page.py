"""One page in Chromium: open a URL, press keys, wait until the page shows something."""

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

# Resolves when the expression is truthy. It is evaluated again after each change of the document.
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
        self._is_loaded = asyncio.Event()
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
                self._is_loaded.set()
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
        self._is_loaded.clear()
        reply = await self.call("Page.navigate", url=url)
        assert "errorText" not in reply, reply
        async with asyncio.timeout(WAIT_S):
            await self._is_loaded.wait()

    async def run(self, expression: str) -> Any:
        """The value of an expression, or the result of its promise. An exception fails the test."""
        reply = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in reply, reply
        return reply["result"].get("value")

    async def wait_for(self, expression: str) -> Any:
        """Waits until the expression is truthy, and returns its value."""
        try:
            async with asyncio.timeout(WAIT_S):
                return await self.run(WAIT % expression)
        except TimeoutError:
            text = await self.run("document.body.innerText")
            raise AssertionError(f"never true: {expression}\n{self.problems}\n{text}") from None

    async def get_text(self, selector: str) -> str:
        text = await self.run(f"document.querySelector({json.dumps(selector)}).textContent")
        return str(text)

    async def press(self, key: str, modifiers: int = 0) -> None:
        code, number, text = KEYS[key]
        name = " " if key == "Space" else key
        common = {"key": name, "code": code, "windowsVirtualKeyCode": number}
        typed = {"text": text} if text and not modifiers & CONTROL else {}
        down = "keyDown" if typed else "rawKeyDown"
        commands = {"commands": ["selectAll"]} if key == "a" and modifiers & CONTROL else {}
        for kind, extra in ((down, {**typed, **commands}), ("keyUp", {})):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, modifiers=modifiers, **common, **extra
            )

    async def type_text(self, text: str) -> None:
        """Replaces the text of the field that has the focus."""
        await self.press("a", CONTROL)
        await self.call("Input.insertText", text=text)

    async def tab_to(self, selector: str, max_tabs: int = 100) -> None:
        """Moves the focus with the Tab key alone; after the last control comes the first."""
        has_focus = f"document.activeElement?.matches({json.dumps(selector)})"
        for _ in range(max_tabs):
            if await self.run(has_focus):
                return
            await self.press("Tab")
        raise AssertionError(f"{selector} is not reached with {max_tabs} tabs")

    async def allow_copying(self) -> None:
        """Lets the page use the clipboard, which needs the focus."""
        await self._browser.call("Browser.grantPermissions", permissions=CLIPBOARD)
        await self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    async def set_size(self, width: int, height: int, scale: float = 1) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    async def set_color_scheme(self, value: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": value}]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def screenshot(self) -> bytes:
        """As PNG."""
        reply = await self.call("Page.captureScreenshot", format="png")
        return b64decode(reply["data"])
