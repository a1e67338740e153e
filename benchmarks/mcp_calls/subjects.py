"""The subjects: one MCP server under the runtime, behind the adapter, and under uvicorn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.runtime import peers
from benchmarks.runtime.build import make_task_root
from benchmarks.runtime.interpreter import Interpreter
from benchmarks.runtime.paths import SUBJECTS
from benchmarks.runtime.subjects import Subject
from benchmarks.web_apps.subjects import WebRoot

OURS, ADAPTER, ACKED, UVICORN = "streambda", "adapter", "adapter-acked", "uvicorn"


def make_root(python: Interpreter, lambda_src: Path) -> WebRoot:
    """Copies the runtime, the server and its packages. Raises BuildFailed without them."""
    packages = peers.install_mcp_packages(python)
    files = [SUBJECTS / name for name in ("mcp_app.py", "mcp_handler.py", "run_uvicorn.sh")]
    return WebRoot(make_task_root("mcp", python, "", lambda_src, packages, *files), python)


def _streambda(root: WebRoot) -> Subject:
    environ = {"_HANDLER": "mcp_handler.handler", "STREAMBDA_PYTHON": str(root.python.path)}
    return Subject(OURS, (str(root.folder / "bootstrap"),), root.folder, environ)


def _uvicorn(
    root: WebRoot, name: str = UVICORN, adapter: Path | None = None, quick_ack: bool = False
) -> Subject:
    environ = {"APP": "mcp_app:app", "PYTHON": str(root.python.path)}
    if adapter is not None:
        environ |= {"WEB_ADAPTER": str(adapter), "AWS_LWA_INVOKE_MODE": "response_stream"}
        # A GET of the server is not allowed; the port that answers is what counts.
        environ |= {"AWS_LWA_READINESS_CHECK_PROTOCOL": "TCP"}
    command = ("/bin/sh", "run_uvicorn.sh")
    return Subject(
        name, command, root.folder, environ, is_server=adapter is None, quick_ack=quick_ack
    )


SUBJECTS_BY_NAME: dict[str, Callable[[WebRoot], Subject]] = {
    OURS: _streambda,
    ADAPTER: lambda root: _uvicorn(root, ADAPTER, peers.install_web_adapter()),
    # In front of a Runtime API that acknowledges at once, which is no default of Linux.
    ACKED: lambda root: _uvicorn(root, ACKED, peers.install_web_adapter(), quick_ack=True),
    UVICORN: _uvicorn,
}
