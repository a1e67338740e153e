"""ASGI's lifespan: startup once an environment, shutdown when it ends.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
from _contextvars import copy_context

from ..aio import event_loop
from ..errors import STARTUP_FAILED, RuntimeFault
from ..logs import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .asgi import AsgiApp, Message

SHUTDOWN_S = 1.5  # Lambda sends SIGKILL 2 s after SIGTERM at the latest
TELL_AFTER_S = 8.0  # Lambda ends the init phase after 10 s


class Lifespan:
    """One app's lifespan. `state` is what it has put there for its requests."""

    def __init__(self, app: AsgiApp, name: str) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._name = name
        self._has_asked = False
        self._is_supported = False
        self._failure: str | None = None
        self._starting: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Runs the startup. Raises RuntimeFault `Runtime.StartupFailed` if the app says it failed.

        An app that raises before it has answered has no lifespan, and is served without.
        """
        event_loop.run(self.start_on_loop(), copy_context())

    async def start_on_loop(self) -> None:
        """As `start`, on the event loop that runs; once, whoever comes meanwhile waits for it."""
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start())
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        await self._run_startup()
        if self._failure is not None:
            message = f"the startup of {self._name} failed: {self._failure}"
            raise RuntimeFault(STARTUP_FAILED, message.rstrip(": "))
        if self._is_supported:
            event_loop.call_on_close(self._stop)

    async def _run_startup(self) -> None:
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._started = asyncio.Event()
        self._stopped = asyncio.Event()
        self._events.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.ensure_future(self._run())
        loop = asyncio.get_running_loop()
        timer = loop.call_later(TELL_AFTER_S, self._tell)
        waiting = asyncio.ensure_future(self._started.wait())
        await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        timer.cancel()

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._receive, self._send)
        except Exception as error:
            # What raises before it has asked for an event has no lifespan. What raises later does
            # so for a reason; its requests may still be served, as other servers do.
            if self._has_asked:
                log(f"the lifespan of {self._name} raised {type(error).__name__}: {error}")
        finally:
            self._started.set()
            self._stopped.set()

    async def _receive(self) -> Message:
        self._has_asked = True
        return await self._events.get()

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self._is_supported = True
            self._started.set()
        elif kind == "lifespan.startup.failed":
            self._failure = str(message.get("message") or "it gave no reason")
            self._started.set()
        elif kind in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            if kind.endswith("failed"):
                log(f"the shutdown of {self._name} failed: {message.get('message', '')}")
            self._stopped.set()

    async def _stop(self) -> None:
        self._events.put_nowait({"type": "lifespan.shutdown"})
        try:
            await asyncio.wait_for(self._stopped.wait(), SHUTDOWN_S)
        except TimeoutError:
            log(f"the shutdown of {self._name} has not ended after {SHUTDOWN_S} s")

    def _tell(self) -> None:
        log(f"the startup of {self._name} has taken {TELL_AFTER_S:.0f} s so far")
