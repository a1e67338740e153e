"""`streambda local`: the local cloud in a terminal, until Ctrl-C."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from streambda.local.cloud import LocalCloud
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.environments.options import CONCURRENCY, IDLE_S
from streambda.local.model.assembly import list_wrong
from streambda.local.model.errors import AssemblyError, SynthesisError
from streambda.local.model.findings import Finding
from streambda.local.records.options import RecordOptions
from streambda.local.start_notes import (
    DEFAULT_ASSEMBLY,
    describe_nodes,
    describe_record_file,
    list_start_notes,
)
from streambda.local.synthesis.app import App
from streambda.local.synthesis.findings import read_findings
from streambda.local.synthesis.settings import CDK_JSON, parse_context, read_settings
from streambda.local.templates.find_template import MANIFEST, find_template
from streambda.local.templates.template_app import TemplateApp
from streambda.local.temporary_folder import temporary_folder
from streambda.local.terminal import Terminal
from streambda.local.values.credentials import CredentialsMode, region_or_default

# SIGHUP: the terminal is closed, or the connection to this machine is gone.
# Windows, where no cloud runs, does not have it.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
# What takes the place of an assembly until it is one, and what a user may name.
Synthesised = App | TemplateApp
Source = Path | Synthesised

GIVE_VALUES = (
    "values that are known only after deployment: give them with --env-file, --parameter or "
    "--from-stack"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """How an assembly or an app is served: see `LocalCloud`."""

    host: str = "127.0.0.1"
    port: int = 8000
    concurrency: int = CONCURRENCY
    idle_s: float | None = IDLE_S
    memory_limit: bool = True
    endpoints: EndpointOptions = field(default_factory=EndpointOptions)
    env_files: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    from_stacks: tuple[str, ...] = ()
    credentials: str = CredentialsMode.DEVELOPER
    profile: str | None = None
    debug: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    records: RecordOptions = field(default_factory=RecordOptions)
    stack_name: str | None = None
    sam_config: str | None = None

    def make_cloud(
        self, assembly: Path, terminal: Terminal, sources: Path | None = None
    ) -> LocalCloud:
        return LocalCloud(
            assembly,
            host=self.host,
            port=self.port,
            lines=terminal.print_log_line,
            concurrency=self.concurrency,
            idle_s=self.idle_s,
            memory_limit=self.memory_limit,
            options=self.endpoints,
            console=True,
            env_file=self.env_files,
            parameters=self.parameters,
            from_stack=self.from_stacks,
            credentials=self.credentials,
            profile=self.profile,
            debug=self.debug,
            layers=self.layers,
            sources=sources,
            records=self.records,
            stack_name=self.stack_name,
            sam_config=self.sam_config,
        )


def choose_source(
    assembly: str | None, app: str | None, context: Sequence[str], profile: str | None = None
) -> Source:
    """An assembly, a template, or an app that is synthesised first.

    If none is given: cdk.out, or else the app of cdk.json, or else a template in this folder. For a
    folder that is none of these itself, the same there.
    Raises `SynthesisError` and `AssemblyError`.
    """
    values = parse_context(tuple(context))
    if assembly and app:
        raise SynthesisError(f"both {assembly} and --app {app!r} are given, expected one of them")
    folder = _find_app_folder(Path(assembly or "."))
    if app is None and (folder is None or read_settings(folder).app is None):
        if values:
            raise SynthesisError("--context is given, expected --app COMMAND with it")
        path = _find_synthesised(Path(assembly or "."))
        if template := find_template(path):
            return TemplateApp.find(template)
        if not assembly:
            path = DEFAULT_ASSEMBLY
            if not path.exists():
                raise AssemblyError(
                    "there is no cdk.out, no app in a cdk.json and no template.yaml in "
                    f"{Path().absolute()}: go to your app's folder, or pass --app COMMAND or a "
                    "template"
                )
        return path
    return App.find(app, folder, context=values, region=region_or_default(profile))


def _find_app_folder(path: Path) -> Path | None:
    """Of a CDK app that is not synthesised yet."""
    if path.name == CDK_JSON and path.is_file():
        return path.parent
    synthesised = (path / MANIFEST).is_file() or _find_synthesised(path) != path
    return path if (path / CDK_JSON).is_file() and not synthesised else None


def _find_synthesised(path: Path) -> Path:
    """The folder cdk.out in `path`, if it is an assembly."""
    inner = path / DEFAULT_ASSEMBLY
    return inner if (inner / MANIFEST).is_file() else path


def should_watch(source: Source, watch: bool | None) -> bool:
    """`watch` is what the user asked for; None watches all but an assembly.

    Raises `SynthesisError`.
    """
    if watch and isinstance(source, Path):
        raise SynthesisError(f"--watch is given with the assembly {source}, expected --app COMMAND")
    return not isinstance(source, Path) if watch is None else watch


async def serve(
    source: Source, options: ServeOptions, console: Console, *, watch: bool = False
) -> None:
    """Prints the endpoints, then every line of the functions. Returns on one of `SIGNALS`.

    Raises `LocalCloudError` when it cannot start.
    """
    terminal = Terminal(console)
    with stop_on_signal():
        if isinstance(source, Path):
            findings = await asyncio.to_thread(read_findings, source)
            async with run_cloud(source, options, terminal, findings=findings):
                await asyncio.Event().wait()
        elif isinstance(source, TemplateApp) and not watch:
            async with run_cloud(source.template.path, options, terminal, source):
                await asyncio.Event().wait()
        elif watch:
            await serve_and_reload(source, options, terminal)
        else:
            with temporary_assembly_folder() as out:
                findings = await synthesise(source, out, terminal)
                async with run_cloud(out, options, terminal, source, findings):
                    await asyncio.Event().wait()


async def serve_and_reload(app: Synthesised, options: ServeOptions, terminal: Terminal) -> None:
    # Imported only here: an assembly is served without watchfiles.
    from streambda.local.watch.reload import Reloader
    from streambda.local.watch.sources import Sources
    from streambda.local.watch.watcher import Watcher

    watcher = Watcher(Sources(app.folder, app.settings, written=options.records.files))
    async with run_in_background(watcher.run()):
        # First of all: what is edited while the app is synthesised counts too.
        await watcher.watching.wait()
        with temporary_assembly_folder() as out:
            findings = await synthesise(app, out, terminal)
            async with run_cloud(out, options, terminal, app, findings) as cloud:
                terminal.print_note(f"watching {app.folder}")
                reloader = Reloader(
                    app,
                    cloud,
                    out,
                    print_note=terminal.print_note,
                    print_error=terminal.print_error,
                    print_finding=terminal.print_finding,
                    show_progress=terminal.show_progress,
                    told=(*findings, *list_wrong(cloud.unsupported)),
                    synthesises=isinstance(app, App),
                )
                await reloader.run(watcher)


@contextmanager
def stop_on_signal() -> Iterator[None]:
    """The first of `SIGNALS` ends what is inside; further ones change nothing.

    A SIGHUP that is ignored stays so: `nohup` has asked for it.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None, "called in a task"
    stopped = asyncio.Event()

    def stop() -> None:
        if not stopped.is_set():
            stopped.set()
            task.cancel()

    ignored = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else set()
    numbers = [one for one in SIGNALS if one not in ignored]
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not stopped.is_set():
            raise
        task.uncancel()
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def run_in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs `work` for as long as this is entered; an error on either side is raised as it is."""
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(work)
            yield
            task.cancel()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


@contextmanager
def temporary_assembly_folder() -> Iterator[Path]:
    """Not the app's own cdk.out, since `cdk deploy` may write to that at any time."""
    with temporary_folder("app-") as folder:
        yield folder / "cdk.out"


async def synthesise(app: Synthesised, out: Path, terminal: Terminal) -> tuple[Finding, ...]:
    """What the app's checks have found. Raises `SynthesisError`."""
    terminal.print_note(app.command)
    if isinstance(app, TemplateApp):
        await app.synthesise(out)
        return ()
    try:
        async with terminal.show_progress("synthesising"):
            duration_s = await app.synthesise(out)
    except SynthesisError as error:
        for finding in error.findings:
            terminal.print_finding(finding)
        raise
    terminal.print_note(f"synthesised in {duration_s:.1f} s")
    return await asyncio.to_thread(app.list_findings, out)


@asynccontextmanager
async def run_cloud(
    assembly: Path,
    options: ServeOptions,
    terminal: Terminal,
    app: Synthesised | None = None,
    findings: Iterable[Finding] = (),
) -> AsyncIterator[LocalCloud]:
    """Args: `app` is what was synthesised for this, `findings` are what its checks have found."""
    sources = app.folder if app else None
    async with options.make_cloud(assembly, terminal, sources) as cloud:
        for finding in (*findings, *list_wrong(cloud.unsupported)):
            terminal.print_finding(finding)
        notes = list_start_notes(app or assembly, cloud, options.records.files)
        for line in await asyncio.to_thread(lambda: list(notes)):
            terminal.print_warning(line)
        if cloud.unresolved:
            terminal.print_note(GIVE_VALUES)
        for line in await asyncio.to_thread(lambda: list(describe_nodes(cloud.functions))):
            terminal.print_note(line)
        for line in describe_record_file(options.records):
            terminal.print_note(line)
        terminal.print_note(f"credentials: {cloud.credentials}; region: {list_regions(cloud)}")
        terminal.print_unsupported(cloud.unsupported)
        terminal.print_endpoints(cloud)
        collect_garbage_again()
        yield cloud


def collect_garbage_again() -> None:
    """Where the command line has switched it off for the start."""
    if not gc.isenabled():
        gc.freeze()  # what there is by now stays, and need not be looked at each time
        gc.enable()


def list_regions(cloud: LocalCloud) -> str:
    regions = {function.place.region for function in cloud.functions}
    return ", ".join(sorted(regions)) or "none"
