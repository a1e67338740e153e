"""`streambda local`: the local cloud in a terminal, until Ctrl-C."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from streambda.local.cloud import LocalCloud
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.environments.options import CONCURRENCY, IDLE_S
from streambda.local.synthesis.app import App
from streambda.local.terminal import Terminal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How an assembly or an app is served: see `LocalCloud`."""

    host: str = "127.0.0.1"
    port: int = 8000
    concurrency: int = CONCURRENCY
    idle_s: float | None = IDLE_S
    memory_limit: bool = True
    options: EndpointOptions = field(default_factory=EndpointOptions)

    def cloud(self, assembly: Path, terminal: Terminal) -> LocalCloud:
        return LocalCloud(
            assembly,
            host=self.host,
            port=self.port,
            lines=terminal.log,
            concurrency=self.concurrency,
            idle_s=self.idle_s,
            memory_limit=self.memory_limit,
            options=self.options,
            console=True,
        )


async def serve(
    source: Path | App, serving: Serving, console: Console, *, watch: bool = False
) -> None:
    """Prints the endpoints, then every line of the functions. Returns on SIGINT or SIGTERM.

    Raises `LocalCloudError` when it cannot begin.
    """
    terminal = Terminal(console)
    with until_told_to_stop():
        if isinstance(source, Path):
            async with opened(source, serving, terminal):
                await asyncio.Event().wait()
        elif watch:
            await serve_watched(source, serving, terminal)
        else:
            with assembly_folder() as out:
                await synthesised(source, out, terminal)
                async with opened(out, serving, terminal):
                    await asyncio.Event().wait()


async def serve_watched(app: App, serving: Serving, terminal: Terminal) -> None:
    # Not before they are needed: an assembly is served without watchfiles.
    from streambda.local.watch.reload import Reloader
    from streambda.local.watch.sources import Sources
    from streambda.local.watch.watcher import Watcher

    watcher = Watcher(Sources(app.folder, app.settings))
    async with background(watcher.run()):
        # First of all: what is written while the app is synthesised counts too.
        await watcher.watching.wait()
        with assembly_folder() as out:
            await synthesised(app, out, terminal)
            async with opened(out, serving, terminal) as cloud:
                terminal.note(f"watching {app.folder}")
                reloader = Reloader(app, cloud, out, show=terminal.note, complain=terminal.complain)
                await reloader.run(watcher)


@contextmanager
def until_told_to_stop() -> Iterator[None]:
    """Ends what is in it on the first SIGINT or SIGTERM; the next ones change nothing."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None, "called in a task"
    told = asyncio.Event()

    def stop() -> None:
        if not told.is_set():
            told.set()
            task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not told.is_set():
            raise
        task.uncancel()
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """`work` goes on for as long as this is entered; what either raises is raised as it is."""
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(work)
            yield
            task.cancel()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


@contextmanager
def assembly_folder() -> Iterator[Path]:
    """Of one's own, since `cdk deploy` may write to cdk.out at any time."""
    with tempfile.TemporaryDirectory(prefix="streambda-app-") as folder:
        yield Path(folder) / "cdk.out"


async def synthesised(app: App, out: Path, terminal: Terminal) -> None:
    terminal.note(app.command)
    took_s = await app.synthesise(out)
    terminal.note(f"synthesised in {took_s:.1f} s")


@asynccontextmanager
async def opened(assembly: Path, serving: Serving, terminal: Terminal) -> AsyncIterator[LocalCloud]:
    async with serving.cloud(assembly, terminal) as cloud:
        terminal.print_unsupported(cloud.unsupported)
        terminal.greet(cloud)
        yield cloud
