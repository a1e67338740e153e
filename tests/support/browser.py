"""Debian's Chromium without a window, controlled over two pipes with the DevTools protocol.

Messages are JSON, each followed by a NUL: `--remote-debugging-pipe` of Chromium reads them from
file descriptor 3 and writes to 4. This needs no driver and no port, and nothing waits by sleeping.
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
from tempfile import TemporaryDirectory
from typing import Any

CHROMIUM = shutil.which("chromium")
MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # a screenshot is one message
REPLY_TIMEOUT_S = 60.0

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
    # A page can reach nothing but this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

Params = Mapping[str, Any]
Listener = Callable[[dict[str, Any]], None]


class ProtocolError(Exception):
    """Chromium has refused a command."""


class Browser:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, Listener] = {}

    async def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Sends one command and returns the reply. Raises `ProtocolError`."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        reply = asyncio.get_running_loop().create_future()
        self._replies[number] = reply
        assert self._process.stdin is not None, "started with a pipe"
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        async with asyncio.timeout(REPLY_TIMEOUT_S):
            result: dict[str, Any] = await reply
        return result

    async def attach(self, listener: Listener) -> str:
        """Opens a page and returns its session, for `call`. `listener` gets the page's messages."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        session: str = attached["sessionId"]
        self._listeners[session] = listener
        return session

    async def read_messages(self) -> None:
        """Passes on what Chromium sends, until it sends no more."""
        assert self._process.stdout is not None, "started with a pipe"
        with suppress(asyncio.IncompleteReadError):
            while True:
                message = json.loads((await self._process.stdout.readuntil(b"\0"))[:-1])
                self._dispatch(message)
        for reply in self._replies.values():
            reply.cancel()

    def _dispatch(self, message: dict[str, Any]) -> None:
        if reply := self._replies.pop(message.get("id", 0), None):
            if error := message.get("error"):
                reply.set_exception(ProtocolError(error["message"]))
            elif not reply.done():
                reply.set_result(message["result"])
        elif listener := self._listeners.get(message.get("sessionId", "")):
            listener(message)


@asynccontextmanager
async def start_chromium(profile: Path) -> AsyncIterator[Browser]:
    """Runs Chromium while the body runs. `profile` is an empty folder."""
    assert CHROMIUM is not None, "tests without Chromium are skipped"
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # as root it refuses to use one
    # Killed, it leaves its folders: not below the test's, which is too long for a socket's path.
    temporary = TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
    process = await asyncio.create_subprocess_exec(
        # The shell only moves the pipes to the descriptors that Chromium uses.
        *("/bin/sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null', CHROMIUM),
        *FLAGS,
        *sandbox,
        f"--user-data-dir={profile}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": temporary.name},
        limit=MAX_MESSAGE_BYTES,
        start_new_session=True,
    )
    browser = Browser(process)
    reading = asyncio.create_task(browser.read_messages())
    try:
        yield browser
    finally:
        # Its helper processes are in the same session: this ends them too.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await reading
        temporary.cleanup()
