"""Runs handlers in the real `bootstrap`, as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi, RecordedRequest

BOOTSTRAP = Path(__file__).parents[2] / "lambda_src" / "bootstrap"


def lay_out(folder: Path) -> Path:
    """Puts the runtime into a task root."""
    (folder / "bootstrap").symlink_to(BOOTSTRAP)
    (folder / "streambda_runtime").symlink_to(BOOTSTRAP.parent / "streambda_runtime")
    return folder


def serve(
    task_root: Path,
    code: str,
    *events: bytes,
    handler: str = "mine.handler",
    timeout_s: float = WAIT_S,
    **options: Any,
) -> tuple[list[RecordedRequest], subprocess.CompletedProcess[bytes]]:
    """Runs the handler in `code`; what the runtime posted, and its process."""
    (task_root / "mine.py").write_text(code)
    with FakeRuntimeApi(*events, **options) as fake:
        done = subprocess.run(
            [task_root / "bootstrap"],
            env={
                "AWS_LAMBDA_RUNTIME_API": fake.address,
                "_HANDLER": handler,
                "PATH": os.defpath,
                "STREAMBDA_PYTHON": sys.executable,
                "PYTHONFAULTHANDLER": "1",
            },
            cwd=task_root,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    return fake.posts(), done
