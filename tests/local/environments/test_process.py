"""A process and its lines."""

import asyncio
import os
from pathlib import Path

import pytest

from streambda.local.environments.process import BUSY_PAUSES_S, FunctionProcess
from tests.support.processes import is_running
from tests.support.wait_until import wait_until


def bootstrap(folder: Path, script: str) -> Path:
    path = folder / "bootstrap"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_lines_and_exit_status(tmp_path: Path) -> None:
    lines: list[str] = []
    program = bootstrap(tmp_path, 'echo one; echo "$1" >&2; printf three; exit 5')
    running = await FunctionProcess.start([str(program), "two"], tmp_path, {}, lines.append)

    assert await running.wait() == 5
    await running.kill()

    assert lines == ["one", "two", "three"]


async def test_kill_reaches_what_the_process_has_started(tmp_path: Path) -> None:
    line: asyncio.Queue[str] = asyncio.Queue()
    program = bootstrap(tmp_path, "sleep 1000 & echo $!; wait")
    environ = {"PATH": os.defpath}
    running = await FunctionProcess.start([str(program)], tmp_path, environ, line.put_nowait)
    child = int(await line.get())

    await running.kill()

    # The signal is on its way when kill() returns; the child is nobody's we could wait for.
    await wait_until(lambda: not is_running(child))


def open_files() -> set[str]:
    """Also on systems without /proc: then there are none to compare."""
    folder = Path("/proc/self/fd")
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


async def test_a_kill_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    program = bootstrap(tmp_path, "exec sleep 1000")
    environ = {"PATH": os.defpath}
    files = open_files()
    running = await FunctionProcess.start([str(program)], tmp_path, environ, lambda line: None)

    killing = asyncio.ensure_future(running.kill())
    await asyncio.sleep(0)
    killing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killing

    assert not is_running(running.pid)
    assert open_files() == files


@pytest.mark.parametrize("stays", [False, True])
async def test_a_program_that_is_open_for_writing_is_waited_for(
    stays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was begun while it was written has it open too, for a moment."""
    program = bootstrap(tmp_path, "exit 5")
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if not stays:
            writer.close()

    with program.open("ab") as writer:
        with monkeypatch.context() as patched:
            patched.setattr(asyncio, "sleep", pause)
            starting = FunctionProcess.start([str(program)], tmp_path, {}, lambda line: None)
            if stays:
                with pytest.raises(OSError, match="Text file busy"):
                    await starting
                assert pauses == list(BUSY_PAUSES_S)
                return
            running = await starting
        assert await running.wait() == 5
        await running.kill()
    assert pauses == [BUSY_PAUSES_S[0]]


@pytest.mark.parametrize("script", [None, "no permission"])
async def test_no_bootstrap_to_run(script: str | None, tmp_path: Path) -> None:
    if script:
        bootstrap(tmp_path, script).chmod(0o644)

    with pytest.raises(OSError, match="bootstrap"):
        await FunctionProcess.start([f"{tmp_path}/bootstrap"], tmp_path, {}, lambda line: None)
