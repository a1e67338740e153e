"""What a function's processes are started with: commands, folders, variables, and where lines go.

All that is looked up or unpacked for it is done in a thread, beside everything else.
"""

import asyncio
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from streambda.local.debugger.options import HOST
from streambda.local.environments.entry_point import (
    MANAGED_NODE,
    MANAGED_PYTHON,
    EntryPoint,
    find_entry_point,
)
from streambda.local.environments.extension_processes import ProgramStart, find_extensions
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.lambda_folders import (
    LambdaFolders,
    choose_lambda_folders,
    describe_hidden_program,
)
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.orphan_guard import OrphanGuard
from streambda.local.environments.ports import TakenPortNote
from streambda.local.environments.process import FunctionProcess
from streambda.local.environments.sandbox_files import Sandbox, SandboxFiles
from streambda.local.environments.shown_paths import (
    LambdasPaths,
    ShownPaths,
    find_source_root,
    list_folders,
)
from streambda.local.environments.variables import make_variables
from streambda.local.model.constants import VERSION
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import StartMode, start_mode
from streambda.local.runtime_api.telemetry import Telemetry

Print = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All that the processes of one environment need."""

    command: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str]
    log: Print
    log_extension: Print
    extensions: list[Path]
    folders: LambdaFolders | None
    show_paths: Callable[[str], str]  # in reports of errors

    async def start(self) -> FunctionProcess:
        return await FunctionProcess.start(
            self.command, self.folder, self.variables, self.log, self.folders
        )

    def extension_start(self, orphans: OrphanGuard) -> ProgramStart:
        return ProgramStart(self.folder, self.variables, self.log_extension, orphans, self.folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is looked for on this machine, or unpacked.

    Args: `extensions` are programs, each with what the log says of it; mostly that is empty.
    """

    sandbox: Sandbox
    entry: EntryPoint
    lang: Path | None
    folders: LambdaFolders | None
    extensions: Mapping[Path, str]
    credentials: Mapping[str, str]


def look_up(function: LocalFunction, files: SandboxFiles, options: EnvironmentOptions) -> Found:
    """Reads files, tries programs, and may ask AWS: in a thread."""
    sandbox = files.lay_out(function)
    # A managed runtime's Python or Node.js is looked for, and tried.
    entry = find_entry_point(function, sandbox, Machine.this())
    lang = link_lang(function, files, entry.program.path)
    programs = find_extensions(sandbox.opt)
    return Found(
        sandbox=sandbox,
        entry=entry,
        lang=lang,
        folders=choose_lambda_folders(sandbox, lang, files, is_foreign=entry.is_foreign),
        extensions={path: describe_hidden_program(path, sandbox.opt) for path in programs},
        # With every start: they may have expired, and getting others may ask AWS.
        credentials=options.credentials(),
    )


async def prepare(
    function: LocalFunction,
    files: SandboxFiles,
    runtime_api: str,
    telemetry: Telemetry,
    *,
    log: Print,
    note: Print,
    options: EnvironmentOptions,
) -> Prepared:
    found = await asyncio.to_thread(look_up, function, files, options)
    sandbox, entry = found.sandbox, found.entry
    shown = list_folders(sandbox, MANAGED_NODE.parent, MANAGED_PYTHON.parent)
    paths = ShownPaths(shown, options.find_source, sandbox.task_root)
    note(f"cold start with {entry.note}")
    variables = make_variables(
        function,
        runtime_api=runtime_api,
        sandbox=sandbox,
        program=entry.program.path,
        log_stream=options.log_stream or new_log_stream_name(),
        lang=found.lang,
        credentials=found.credentials,
    )
    command = entry.command
    port = options.debug_ports.get(function.name)
    if port is not None and start_mode(function) is StartMode.MANAGED_NODE:
        command = tuple(insert_inspector(command, entry.program.path, port))
    elif port is not None:
        from streambda.local.debugger.launcher import make_debugger

        debugger = await asyncio.to_thread(
            make_debugger,
            files.make_private_folder("debugger"),
            port,
            python=entry.program.path,
            task_root=sandbox.task_root,
            source=find_source_root(function.handler, sandbox.task_root, options.find_source),
        )
        command = tuple(debugger.program if one == debugger.python else one for one in command)
        variables |= debugger.variables

    taken_port = TakenPortNote(note)

    def make_log(kind: str) -> Print:
        def write(line: str) -> None:
            changed = paths.change(line)
            log(changed)
            taken_port.look_at(changed)
            if telemetry.is_wanted:
                telemetry.publish(kind, read_record(changed, function.log_format))

        return write

    for path, hint in found.extensions.items():
        if hint:
            note(f"starts the extension {path.name}{hint}")

    return Prepared(
        command=command,
        folder=sandbox.task_root,
        variables=variables,
        log=make_log("function"),
        log_extension=make_log("extension"),
        extensions=list(found.extensions),
        folders=found.folders,
        show_paths=LambdasPaths(shown).change,
    )


def insert_inspector(command: Iterable[str], node: str, port: int) -> Iterator[str]:
    """With Node.js's own debugger, which waits before the first line."""
    for part in command:
        yield part
        if part == node:
            yield f"--inspect-brk={HOST}:{port}"


def read_record(line: str, log_format: str) -> object:
    """A line as the Telemetry API has it: with the log format JSON a document, if it is one."""
    if log_format == "JSON" and line.startswith("{"):
        with suppress(RecursionError, ValueError):
            return json.loads(line)
    return line


def link_lang(function: LocalFunction, files: SandboxFiles, program: str) -> Path | None:
    """The folder of a managed runtime's programs, for what it starts itself."""
    if start_mode(function) is StartMode.BOOTSTRAP:
        return None
    python = ("python3", "python", function.runtime)
    names = ("node",) if start_mode(function) is StartMode.MANAGED_NODE else python
    return files.link_program(program, names)


def new_log_stream_name() -> str:
    return f"{datetime.now(UTC):%Y/%m/%d}/[{VERSION}]{uuid.uuid4().hex}"
