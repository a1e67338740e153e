"""Programs that name /opt and /var/task find their files there, as far as this machine permits."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streambda.local.environments import lambda_folders
from streambda.local.environments.lambda_folders import (
    LambdaFolders,
    find_obstacle,
    make_lambda_folders,
    needs_lambda_folders,
    plan_cover,
    plan_shell,
    write_steps,
)
from streambda.local.environments.process import FunctionProcess
from streambda.local.environments.sandbox_files import Sandbox
from tests.support.processes import is_running

permitted = pytest.mark.skipif(bool(find_obstacle()), reason=f"not permitted: {find_obstacle()}")

SETPRIV = shutil.which("setpriv")
# What root needs to mount without a user namespace.
WITHOUT_MOUNT_RIGHTS = ("--bounding-set", "-sys_admin")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    task, opt = tmp_path / "task", tmp_path / "layers"
    for folder in (task, opt / "bin"):
        folder.mkdir(parents=True)
    write_program(opt / "bin/program", "#!/bin/sh\necho layer")
    write_program(task / "bootstrap", "#!/opt/bin/program")
    (opt / "link").symlink_to("bin/program")
    return Sandbox(task, opt)


@pytest.fixture
def folders(sandbox: Sandbox, tmp_path: Path) -> LambdaFolders:
    return make_lambda_folders(sandbox, None, tmp_path)


def write_program(path: Path, text: str) -> None:
    path.write_text(f"{text}\n")
    path.chmod(0o755)


def list_opt() -> list[str]:
    return sorted(path.name for path in Path("/opt").iterdir())


def list_hosts() -> list[str]:
    return Path("/etc/hosts").read_text().rstrip().splitlines()


async def run(
    command: str, sandbox: Sandbox, folders: LambdaFolders, **variables: str
) -> tuple[list[str], int]:
    """What a shell prints, and its number."""
    lines: list[str] = []
    running = await FunctionProcess.start(
        ("/bin/sh", "-c", command),
        sandbox.task_root,
        {"PATH": os.defpath, **variables},
        lines.append,
        folders,
    )
    await running.wait()
    await running.kill()
    return lines, running.pid


@permitted
@pytest.mark.skipif(not lambda_folders.BASH.exists(), reason="there is no bash")
async def test_its_sh_is_bash(sandbox: Sandbox, folders: LambdaFolders) -> None:
    """As a bootstrap of AWS's tutorial expects. The small shell of Debian knows no pipefail."""
    write_program(sandbox.task_root / "function.sh", "function handler () { echo $1; }")
    command = 'set -euo pipefail; source "$PWD"/function.sh; [[ a == a ]] && handler said'

    lines, _ = await run(command, sandbox, folders)

    assert lines == ["said"]


@pytest.mark.parametrize(("name", "is_shown"), [("dash", True), ("busybox", False), ("sh", False)])
def test_which_shell_makes_place(tmp_path: Path, name: str, is_shown: bool) -> None:
    program, shell, bash = tmp_path / name, tmp_path / "bin-sh", tmp_path / "bash"
    for path in (program, bash):
        path.touch()
    shell.symlink_to(program)

    assert list(plan_shell(shell, bash)) == (
        [("show", str(bash), str(program))] if is_shown else []
    )


def test_what_the_machine_has_stays_beside_what_a_layer_has(tmp_path: Path) -> None:
    machine, layer = tmp_path / "machine", tmp_path / "layer"
    for folder in (machine / "bin", machine / "tools", layer / "bin", layer / "lib"):
        folder.mkdir(parents=True)
    for file in (machine / "bin/theirs", machine / "bin/both", layer / "bin/both", machine / "x"):
        file.touch()
    (machine / "link").symlink_to("tools")
    (layer / "x").symlink_to("bin/both")

    steps = list(plan_cover(str(machine), lambda_folders.list_entries(layer), "/s"))

    assert steps == [
        ("tmpfs", "/s"),
        ("folder", "/s/bin"),
        ("file", "/s/bin/both"),
        ("show", f"{layer}/bin/both", "/s/bin/both"),
        ("seal", "/s/bin/both"),
        ("file", "/s/bin/theirs"),
        ("show", f"{machine}/bin/theirs", "/s/bin/theirs"),
        ("folder", "/s/lib"),
        ("show", f"{layer}/lib", "/s/lib"),
        ("seal", "/s/lib"),
        ("link", "tools", "/s/link"),
        ("folder", "/s/tools"),
        ("show", f"{machine}/tools", "/s/tools"),
        ("link", "bin/both", "/s/x"),
        ("seal", "/s"),
        ("move", "/s", str(machine)),
    ]


@pytest.mark.parametrize(
    ("entries", "is_foreign", "needs"),
    [
        ([], False, False),
        (["python", "python-rt"], False, False),
        (["python"], True, True),
        (["python", "bin"], False, True),
        (["extensions"], False, True),
        (["nodejs"], False, True),
    ],
)
def test_who_needs_them(entries: list[str], is_foreign: bool, needs: bool, tmp_path: Path) -> None:
    for name in entries:
        (tmp_path / name).mkdir()
    sandbox = Sandbox(tmp_path, tmp_path if entries else None)

    assert needs_lambda_folders(sandbox, is_foreign=is_foreign) is needs


@permitted
async def test_files_are_where_lambda_has_them(sandbox: Sandbox, folders: LambdaFolders) -> None:
    before = list_opt()
    command = "/opt/link; /var/task/bootstrap; ls -A /opt; ls -d /var/tmp; echo $$; pwd; id -u"

    lines, pid = await run(command, sandbox, folders)

    assert lines == [
        "layer",
        "layer",
        *sorted({*before, "bin", "link"}),
        "/var/tmp",
        str(pid),
        str(sandbox.task_root),
        str(os.getuid()),
    ]
    assert list_opt() == before


@permitted
async def test_an_extension_can_listen_on_the_name_that_lambda_has(
    sandbox: Sandbox, folders: LambdaFolders
) -> None:
    script = "import socket; print(*map(socket.gethostbyname, ('sandbox', 'sandbox.localdomain')))"

    lines, _ = await run(f'{sys.executable} -c "{script}"; cat /etc/hosts', sandbox, folders)

    assert lines == ["127.0.0.1 127.0.0.1", *list_hosts(), lambda_folders.SANDBOX_HOSTS]


def test_a_machine_without_hosts(tmp_path: Path) -> None:
    assert list(lambda_folders.plan_hosts(tmp_path / "hosts", tmp_path)) == []


@permitted
async def test_they_are_read_only(sandbox: Sandbox, folders: LambdaFolders) -> None:
    command = "for place in /opt /opt/bin /var/task; do touch $place/new || echo no; done"

    lines, _ = await run(command, sandbox, folders)

    assert lines.count("no") == 3


@permitted
async def test_its_variables_are_not_for_what_mounts(
    sandbox: Sandbox, folders: LambdaFolders
) -> None:
    own = {"LD_PRELOAD": "/nowhere.so", "PYTHONHOME": "/nowhere", "LC_ALL": "C"}

    lines, _ = await run("env", sandbox, folders, **own)

    found = {line for line in lines if "=" in line}
    assert {f"{name}={value}" for name, value in own.items()} <= found
    assert not any(line.startswith(("_", "LC_CTYPE")) and line[1] != "=" for line in found)


@permitted
@pytest.mark.skipif(os.getuid() != 0 or SETPRIV is None, reason="for root, with setpriv")
def test_who_may_not_mount_gets_a_user_namespace(folders: LambdaFolders) -> None:
    """As all users but root."""
    assert SETPRIV is not None
    script = "readlink /proc/self/ns/user; id -u; /opt/bin/program"
    command = (SETPRIV, *WITHOUT_MOUNT_RIGHTS, *folders.wrap(("/bin/sh", "-c", script), 2))
    variables = folders.wrap_variables({"PATH": os.defpath})

    done = subprocess.run(
        command, env=variables, capture_output=True, text=True, timeout=20, check=False
    )

    namespace, *rest = done.stdout.split()
    assert namespace != str(Path("/proc/self/ns/user").readlink())
    assert rest == ["0", "layer"]


START_ERRORS: dict[str, tuple[Callable[[Path], None], type[OSError]]] = {
    "there is none": (Path.unlink, FileNotFoundError),
    "it may not be executed": (lambda path: path.chmod(0o644), PermissionError),
    "its interpreter is not there": (
        lambda path: write_program(path, "#!/opt/bin/nothing"),
        FileNotFoundError,
    ),
    "it is no program": (lambda path: write_program(path, "text"), OSError),
}


@permitted
@pytest.mark.parametrize("case", START_ERRORS)
async def test_a_program_that_cannot_be_started(
    case: str, sandbox: Sandbox, folders: LambdaFolders
) -> None:
    """Told as without the folders: by the name of the program, before anything waits for it."""
    break_it, kind = START_ERRORS[case]
    program = sandbox.task_root / "bootstrap"
    break_it(program)

    with pytest.raises(kind, match="bootstrap"):
        await FunctionProcess.start(
            (str(program),), sandbox.task_root, {}, lambda line: None, folders
        )


async def test_what_fails_changes_nothing_and_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    before = list_opt()
    folders = write_steps({"/opt": {"gone": sandbox.task_root / "gone"}}, tmp_path)

    lines, _ = await run("ls -A /opt", sandbox, folders)

    said = "warning: it does not see its files in /opt and /var/task: "
    told = [line for line in lines if line.startswith(said)]
    assert len(told) == 1
    assert [line for line in lines if line not in told] == before


async def test_a_start_that_is_cancelled_leaves_nothing(
    sandbox: Sandbox, folders: LambdaFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the process mounts: here a program that does so for ever."""
    spinner = sandbox.task_root / "spinner"
    write_program(spinner, f"#!{sys.executable}\nimport time\ntime.sleep(1000)")
    monkeypatch.setattr(LambdaFolders, "wrap", lambda *_: (str(spinner),))
    spawned: list[FunctionProcess] = []
    is_spawned = asyncio.Event()
    spawn = FunctionProcess._spawn

    async def remember(*arguments: Any) -> FunctionProcess:
        spawned.append(await spawn(*arguments))
        is_spawned.set()
        return spawned[0]

    monkeypatch.setattr(FunctionProcess, "_spawn", remember)
    starting = asyncio.ensure_future(
        FunctionProcess.start(("/bin/true",), sandbox.task_root, {}, lambda line: None, folders)
    )
    async with asyncio.timeout(20):
        await is_spawned.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert not is_running(spawned[0].pid)


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda patch: patch.setattr(sys, "platform", "darwin"), "only Linux has mount namespaces"),
        (lambda patch: patch.setattr(lambda_folders, "OPT", "/nowhere/opt"), "No such file"),
        (lambda patch: patch.setattr(sys, "executable", "/nowhere/python"), "No such file"),
    ],
)
def test_why_not(
    break_it: Callable[[pytest.MonkeyPatch], None], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch)

    assert reason in (find_obstacle.__wrapped__() or "")
