"""/opt, /var/task, /var/lang and /var/runtime as they are on Lambda, for programs that name them.

And the name `sandbox.localdomain`, on which extensions listen, and bash as /bin/sh.

A published bootstrap or extension has such paths in its text, a compiled program in its code. Linux
lets a process have mounts of its own, so those that need it see a function's files there, beside
what this machine has in /opt and /var (GitHub's runners keep their Pythons in /opt). Nothing
changes for any other process. Where that is not permitted, as on macOS and in most containers, the
files are only in the folders that the variables name (STREAMBDA_OPT, LAMBDA_TASK_ROOT).

This decides and plans; `mount_folders` does it, in the process itself.
"""

import hashlib
import marshal
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from streambda.local.environments import mount_folders
from streambda.local.environments.interpreter import LAYER_PYTHON
from streambda.local.environments.mount_folders import VARIABLE_PREFIX
from streambda.local.environments.sandbox_files import Sandbox, SandboxFiles
from streambda.local.model.constants import OPT

Step = tuple[str, ...]

VAR, HOSTS = "/var", "/etc/hosts"
# Where a function's files are below /var.
TASK, LANG, RUNTIME = "task", "lang", "runtime"

# What a layer has for search paths alone. Functions whose layers have nothing else see this
# machine's /opt, and start as fast as those without layers.
ON_SEARCH_PATHS = frozenset({"python", LAYER_PYTHON.parts[0]})

OPT_VARIABLE = b"STREAMBDA_OPT"
OPT_PATH = re.compile(rb"(?<![\w./}])/opt/([\w.+-][\w.+/-]*)")
MOST_SCRIPT_BYTES = 4096

# Lambda's names for an environment's own network: extensions listen on it.
SANDBOX_HOSTS = "127.0.0.1 sandbox.localdomain sandbox"

# Lambda's /bin/sh is bash, and published scripts rely on that, such as the bootstrap of AWS's
# tutorial: `#!/bin/sh` and `set -o pipefail`. Of a BusyBox, on the other hand, all commands are one
# file.
SHELL, BASH = Path("/bin/sh"), Path("/bin/bash")
SMALL_SHELL = "dash"

TRIAL_S = 10.0


@dataclass(frozen=True, slots=True)
class LambdaFolders:
    """Args: `steps` is a file for `mount_folders`."""

    steps: Path

    def wrap(self, command: tuple[str, ...], report: int) -> tuple[str, ...]:
        """The command that mounts first, and reports to the descriptor `report`."""
        program = (sys.executable, "-I", "-S", mount_folders.__file__)
        return (*program, str(self.steps), str(report), *command)

    def wrap_variables(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {f"{VARIABLE_PREFIX}{name}": value for name, value in variables.items()}


def choose_lambda_folders(
    sandbox: Sandbox, lang: Path | None, files: SandboxFiles, *, is_foreign: bool
) -> LambdaFolders | None:
    """None for a function that does not need them, and where they are not permitted.

    Args:
        lang: What is in place of /var/lang.
        is_foreign: Whether it begins with a program that is not streambda's.
    """
    if not needs_lambda_folders(sandbox, is_foreign=is_foreign) or find_obstacle():
        return None
    return make_lambda_folders(sandbox, lang, files.make_private_folder("folders"))


def needs_lambda_folders(sandbox: Sandbox, *, is_foreign: bool) -> bool:
    """Whether a program may name /opt or /var/task: one that is foreign, or a layer's."""
    entries = list_entries(sandbox.opt) if sandbox.opt else {}
    return is_foreign or not entries.keys() <= ON_SEARCH_PATHS


def make_lambda_folders(sandbox: Sandbox, lang: Path | None, workplace: Path) -> LambdaFolders:
    """Args: `workplace` is a folder for files of ours."""
    var = {TASK: sandbox.task_root, LANG: lang, RUNTIME: sandbox.image}
    covers: dict[str, dict[str, Path]] = {
        VAR: {name: path.resolve() for name, path in var.items() if path}
    }
    if sandbox.opt:
        covers = {OPT: list_entries(sandbox.opt)} | covers
    return write_steps(covers, workplace)


def write_steps(covers: Mapping[str, Mapping[str, Path]], workplace: Path) -> LambdaFolders:
    staging = workplace / "staging"
    staging.mkdir(exist_ok=True)
    steps = [*plan_hosts(Path(HOSTS), workplace), *plan_shell(SHELL, BASH)]
    # /opt may be a link, and even lead to /var: so it is first.
    for folder, entries in covers.items():
        steps += plan_cover(os.path.realpath(folder), entries, str(staging))
    return LambdaFolders(write_once("steps", marshal.dumps(steps), workplace))


def write_once(kind: str, data: bytes, workplace: Path) -> Path:
    """A file with `data`, named after it."""
    path = workplace / f"{kind}-{hashlib.sha256(data).hexdigest()[:16]}"
    if not path.exists():
        # Environments start side by side: nobody may read half of it.
        with tempfile.NamedTemporaryFile(dir=workplace, delete=False) as unfinished:
            unfinished.write(data)
        Path(unfinished.name).chmod(0o644)
        Path(unfinished.name).rename(path)
    return path


def plan_hosts(hosts: Path, workplace: Path) -> Iterator[Step]:
    """The names of the machine, and Lambda's."""
    if hosts.is_file():
        text = f"{hosts.read_text(errors='replace').rstrip()}\n{SANDBOX_HOSTS}\n"
        yield "show", str(write_once("hosts", text.encode(), workplace)), os.path.realpath(hosts)


def plan_shell(shell: Path, bash: Path) -> Iterator[Step]:
    """Shows `bash` in the place of a shell that knows less, as on Debian and Ubuntu."""
    place = shell.resolve()
    if place.name == SMALL_SHELL and bash.is_file():
        yield "show", str(bash.resolve()), str(place)


def plan_cover(folder: str, entries: Mapping[str, Path], staging: str) -> Iterator[Step]:
    """Shows `entries` in `folder`, beside those of the machine.

    All is made elsewhere, and moved there as a whole: what fails before leaves things as they are.
    """
    yield "tmpfs", staging
    yield from plan_entries(staging, entries, list_entries(Path(folder)))
    yield "seal", staging
    yield "move", staging, folder


def plan_entries(
    place: str, ours: Mapping[str, Path], theirs: Mapping[str, Path]
) -> Iterator[Step]:
    for name in sorted({**ours, **theirs}):
        target = f"{place}/{name}"
        if name not in ours:
            yield from plan_entry(theirs[name], target)
        elif name in theirs and is_folder(ours[name]) and is_folder(theirs[name]):
            yield "folder", target
            yield from plan_entries(target, list_entries(ours[name]), list_entries(theirs[name]))
        else:
            yield from plan_entry(ours[name], target)
            if not ours[name].is_symlink():
                yield "seal", target


def plan_entry(source: Path, target: str) -> Iterator[Step]:
    if source.is_symlink():
        yield "link", str(source.readlink()), target
        return
    yield "folder" if source.is_dir() else "file", target
    yield "show", str(source), target


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def list_entries(folder: Path) -> dict[str, Path]:
    try:
        return {path.name: path for path in folder.iterdir()}
    except PermissionError:
        return {}


def describe_hidden_program(script: Path, opt: Path | None) -> str:
    """Names a program of a layer that a script looks for in this machine's own /opt.

    Empty if there is none, or if the script sees its layers there.
    """
    try:
        text = read_beginning(script)
    except OSError:
        return ""  # who starts it says what is wrong
    if opt is None or not text.startswith(b"#!") or OPT_VARIABLE in text:
        return ""
    for name in map(os.fsdecode, OPT_PATH.findall(text)):
        program = opt / name
        is_program = program.is_file() and os.access(program, os.X_OK)
        if is_program and not Path(OPT, name).exists() and (obstacle := find_obstacle()):
            return f" (it names /opt/{name}, which is $STREAMBDA_OPT/{name} here: {obstacle})"
    return ""


def read_beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_SCRIPT_BYTES)


@cache
def find_obstacle() -> str | None:
    """Why this machine does not let a process have folders of its own; None if it does."""
    if sys.platform != "linux":
        return "only Linux has mount namespaces"
    with tempfile.TemporaryDirectory(prefix="streambda-") as workplace:
        try:
            folders = write_steps({OPT: {}, VAR: {}}, Path(workplace))
            done = subprocess.run(
                folders.wrap((), 1), capture_output=True, text=True, timeout=TRIAL_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    if done.returncode or done.stdout:
        return done.stdout.strip().partition(" ")[2] or f"exit status {done.returncode}"
    return None
