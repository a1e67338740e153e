"""Runs a function in the real `bootstrap`, and freezes it between invocations, as Lambda does.

When the runtime asks for the next invocation, all its processes are stopped by SIGSTOP. The test
looks at what has arrived elsewhere. Then they go on, with the next event.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from tests.support.bootstrap_process import lay_out
from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi, RecordedRequest
from tests.support.processes import is_group_stopped
from tests.support.python_with_packages import write_python
from tests.support.wait_until import wait_until_blocking

T = TypeVar("T")


@dataclass(frozen=True)
class FrozenRun(Generic[T]):
    """What came of it: `looks` has what `look` returned in each freeze."""

    posts: list[RecordedRequest]
    looks: list[T]
    err: str


def serve_frozen(
    folder: Path,
    files: Mapping[str, str],
    *events: bytes,
    look: Callable[[], T],
    environ: Mapping[str, str],
    **options: Any,
) -> FrozenRun[T]:
    """Serves `events` by `main.handler`; `files` are modules by their name.

    `look` is called while the function is frozen: after each invocation. `options` are of
    FakeRuntimeApi. What the function prints is in the file `out` of the folder.
    """
    task_root = folder / "task"
    task_root.mkdir()
    for name, code in files.items():
        (task_root / f"{name}.py").write_text(code)
    freezer = _Freezer(look)
    with (
        FakeRuntimeApi(*events, on_next=freezer.take_next, **options) as fake,
        (folder / "out").open("wb") as out,
        (folder / "err").open("wb") as err,
        subprocess.Popen(
            [lay_out(task_root) / "bootstrap"],
            env={
                "AWS_LAMBDA_RUNTIME_API": fake.address,
                "_HANDLER": "main.handler",
                "PATH": os.defpath,
                "STREAMBDA_PYTHON": str(write_python(folder)),
                **environ,
            },
            cwd=task_root,
            stdout=out,
            stderr=err,
            start_new_session=True,
        ) as process,
    ):
        freezer.group = process.pid
        freezer.has_started.set()
        try:
            process.wait(3 * WAIT_S)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return FrozenRun(fake.posts(), freezer.looks, (folder / "err").read_text())


class _Freezer(Generic[T]):
    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._has_served = False
        self.looks: list[T] = []
        self.group = 0
        self.has_started = threading.Event()

    def take_next(self) -> None:
        """The runtime asks for an invocation; the first time it has not served any."""
        if not self._has_served:
            self._has_served = True
            return
        assert self.has_started.wait(WAIT_S)
        os.killpg(self.group, signal.SIGSTOP)
        try:
            wait_until_blocking(lambda: is_group_stopped(self.group))
            self.looks.append(self._look())
        finally:
            os.killpg(self.group, signal.SIGCONT)
