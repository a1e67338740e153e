"""Functions do not outlive a local cloud that was killed."""

import asyncio
import os
import signal
import sys

import pytest

from streambda.local.environments import orphan_guard
from streambda.local.environments.orphan_guard import run_orphan_guard
from tests.support.processes import is_running
from tests.support.wait_until import wait_until

# Starts three programs in groups of their own, the first with a child; takes the second back.
CLOUD = """
import asyncio, subprocess
from streambda.local.environments.orphan_guard import run_orphan_guard

def start(script):
    return subprocess.Popen(["/bin/sh", "-c", script], start_new_session=True, stdout=-1)

async def main():
    async with run_orphan_guard() as guard:
        one = start("sleep 1000 & echo $!; wait")
        two, three = start("exec sleep 1000"), start("exec sleep 1000")
        child = int(one.stdout.readline())
        with guard.guard(one.pid), guard.guard(three.pid):
            with guard.guard(two.pid):
                pass
            print(child, one.pid, two.pid, three.pid, flush=True)
            await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
async def test_guarded_groups_end_with_the_program(number: signal.Signals) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLOUD, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    child, one, two, three = map(int, (await program.stdout.readline()).split())
    try:
        program.send_signal(number)
        await program.wait()
        await wait_until(lambda: not any(map(is_running, (child, one, three))))

        assert is_running(two)
    finally:
        os.killpg(two, signal.SIGKILL)


async def test_it_ends_when_it_is_left() -> None:
    sleeper = await asyncio.create_subprocess_exec("sleep", "1000", start_new_session=True)
    try:
        async with run_orphan_guard() as guard:
            with guard.guard(sleeper.pid):
                pass
        assert is_running(sleeper.pid)
    finally:
        sleeper.kill()
        await sleeper.wait()


async def test_where_no_shell_starts_functions_run_unguarded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError("no /bin/sh")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", fail)
    async with run_orphan_guard() as guard:
        with guard.guard(1):
            pass

    assert guard is orphan_guard.NO_GUARD
