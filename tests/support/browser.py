"""Debian's Chromium without a window, driven over two pipes in the DevTools protocol.

Messages are JSON with a NUL behind each: `--remote-debugging-pipe` of Chromium reads them from
file descriptor 3 and writes to 4. No driver, no port, and nothing that waits by sleeping.
"""

import asyncio
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
MOST_MESSAGE_BYTES = 64 * 1024 * 1024  # a screenshot is one message
ANSWER_S = 60.0

FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    # Whatever a page asks for, nothing but this machine is reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

Params = Mapping[str, Any]
Listener = Callable[[dict[str, Any]], None]


class ProtocolError(Exception):
    """Chromium refuses a command, or is gone."""


class Browser:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, Listener] = {}

    async def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """One command and its answer."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        assert self._process.stdin is not None, "started with a pipe"
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        async with asyncio.timeout(ANSWER_S):
            found: dict[str, Any] = await answer
        return found

    async def attach(self, listener: Listener) -> str:
        """A new page; the session to call it by."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        session: str = attached["sessionId"]
        self._listeners[session] = listener
        return session

    async def read(self) -> None:
        """Hands out what Chromium says, until it says no more."""
        assert self._process.stdout is not None, "started with a pipe"
        with suppress(asyncio.IncompleteReadError):
            while True:
                message = json.loads((await self._process.stdout.readuntil(b"\0"))[:-1])
                self._hand_out(message)
        for answer in self._answers.values():
            answer.cancel()

    def _hand_out(self, message: dict[str, Any]) -> None:
        if answer := self._answers.pop(message.get("id", 0), None):
            if error := message.get("error"):
                answer.set_exception(ProtocolError(error["message"]))
            elif not answer.done():
                answer.set_result(message["result"])
        elif listener := self._listeners.get(message.get("sessionId", "")):
            listener(message)


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Browser]:
    """Runs for as long as it is entered; `profile` is an empty folder."""
    assert CHROMIUM is not None, "tests without Chromium are skipped"
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # it refuses to have one as root
    process = await asyncio.create_subprocess_exec(
        # The shell only moves the pipes to where Chromium looks for them.
        *("/bin/sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null', CHROMIUM),
        *FLAGS,
        *sandbox,
        f"--user-data-dir={profile}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=MOST_MESSAGE_BYTES,
        start_new_session=True,
    )
    browser = Browser(process)
    reading = asyncio.create_task(browser.read())
    try:
        yield browser
    finally:
        # Its helpers are of its session, which is ours to end.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await reading
