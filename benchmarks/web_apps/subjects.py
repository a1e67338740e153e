"""The subjects: each framework's app under the runtime, behind the adapter, and under uvicorn.

All of them run from one zip root, on one interpreter. uvicorn has uvloop and httptools, and writes
no access log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.runtime import peers
from benchmarks.runtime.build import make_task_root
from benchmarks.runtime.interpreter import Interpreter
from benchmarks.runtime.paths import SUBJECTS
from benchmarks.runtime.subjects import Subject

FRAMEWORKS = ("starlette", "fastapi")
OURS, ADAPTER, ACKED, UVICORN = "streambda", "adapter", "adapter-acked", "uvicorn"


def name_subject(framework: str, server: str) -> str:
    """The name of a subject: a framework's app, and what serves it."""
    return f"{framework}-{server}"


@dataclass(frozen=True)
class WebRoot:
    """The zip root that all subjects share, and their interpreter."""

    folder: Path
    python: Interpreter

    @classmethod
    def make(cls, python: Interpreter, lambda_src: Path) -> WebRoot:
        """Copies the runtime, the apps and their packages. Raises BuildFailed without them."""
        packages = peers.install_web_packages(python)
        apps = [SUBJECTS / f"{framework}_app.py" for framework in FRAMEWORKS]
        trees = (lambda_src, packages, SUBJECTS / "run_uvicorn.sh", *apps)
        return cls(make_task_root("web_apps", python, "", *trees), python)


def _streambda(framework: str, root: WebRoot) -> Subject:
    environ = {"_HANDLER": f"{framework}_app.app", "STREAMBDA_PYTHON": str(root.python.path)}
    command = (str(root.folder / "bootstrap"),)
    return Subject(name_subject(framework, OURS), command, root.folder, environ)


def _acked(framework: str, root: WebRoot) -> Subject:
    """The adapter, in front of a Runtime API that acknowledges at once (no default of Linux)."""
    name = name_subject(framework, ACKED)
    return replace(_adapter(framework, root), name=name, quick_ack=True)


def _adapter(framework: str, root: WebRoot) -> Subject:
    environ = {
        "WEB_ADAPTER": str(peers.install_web_adapter()),
        "AWS_LWA_INVOKE_MODE": "response_stream",
    }
    return _uvicorn(framework, root, ADAPTER, environ, is_server=False)


def _uvicorn(
    framework: str,
    root: WebRoot,
    name: str = UVICORN,
    environ: dict[str, str] | None = None,
    is_server: bool = True,
) -> Subject:
    return Subject(
        name_subject(framework, name),
        ("/bin/sh", "run_uvicorn.sh"),
        root.folder,
        {"APP": f"{framework}_app:app", "PYTHON": str(root.python.path), **(environ or {})},
        keeps_chunks=is_server,  # the adapter sends what it has read, whatever the chunks were
        is_server=is_server,
    )


SUBJECTS_BY_NAME: dict[str, Callable[[WebRoot], Subject]] = {
    name_subject(framework, server): partial(make, framework)
    for framework in FRAMEWORKS
    for server, make in (
        (OURS, _streambda),
        (ADAPTER, _adapter),
        (ACKED, _acked),
        (UVICORN, _uvicorn),
    )
}
