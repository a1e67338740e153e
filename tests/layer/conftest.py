from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from streambda.layer.recipe import recipe_folder
from tests.support.elf_writer import interpreter, tar

RecipeWithPbs = Callable[..., Path]


class ReleasePage:
    """An HTTP server on a free port that answers every path with one body, or a range of it."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 200
        self.announce = 0  # bytes announced beyond those sent
        self.ranges: list[str | None] = []  # what each request asked for
        self.sent = 0  # bytes of bodies, over all requests
        self.cuts: list[int] = []  # how many bytes each of the first answers sends
        self.chunked = False  # no Content-Length
        self.answer_ranges = True
        self.lie = 0  # bytes by which a range starts too early
        page = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.close_connection = True
                page.answer(self)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.ranges.append(wanted)
        start = 0 if wanted is None or not self.answer_ranges else int(wanted[6:-1]) - self.lie
        body = self.body[start:]
        partial = self.answer_ranges and wanted is not None
        request.send_response((206 if body else 416) if partial else self.status)
        if self.chunked:
            request.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        else:
            request.send_header("Content-Length", str(len(body) + self.announce))
        if partial:
            whole = len(self.body)
            request.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        request.end_headers()
        if self.cuts:
            body = body[: self.cuts.pop(0)]
        self.sent += len(body)
        request.wfile.write(body)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/cpython-3.13.tar.gz"


@pytest.fixture
def release_page() -> Iterator[ReleasePage]:
    page = ReleasePage()
    thread = threading.Thread(target=page.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield page
    page.server.shutdown()
    thread.join()
    page.server.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def recipe_with_pbs(tmp_path: Path) -> RecipeWithPbs:
    """Makes a copy of the recipe in which the given archive is pbs's, of both architectures."""

    def make(url: str, sha256: str, python: str = "3.13") -> Path:
        folder = tmp_path / "recipe"
        if not folder.exists():
            shutil.copytree(recipe_folder(), folder)
        lock = folder / "python-layer.lock"
        head, mark, rest = lock.read_text().partition(f'python = "{python}"\n')
        release, end, tail = rest.partition("\n[[" if "\n[[pbs" in rest else "\n[docker]")
        release = re.sub('^url = ".*"', f'url = "{url}"', release, flags=re.MULTILINE)
        release = re.sub('^sha256 = ".*"', f'sha256 = "{sha256}"', release, flags=re.MULTILINE)
        lock.write_text(head + mark + release + end + tail)
        return folder

    return make


def pbs_tar(python: str = "3.13") -> bytes:
    """Shaped as python-build-standalone's: python/bin/python3 is a link, much is to be pruned."""
    stdlib, shared = f"python/lib/python{python}", f"python/lib/libpython{python}.so"
    return tar(
        {
            f"python/bin/python{python}": interpreter(),
            "python/bin/pip3": b"#!/bin/sh",
            "python/bin/python3-config": b"#!/bin/sh",
            f"python/include/python{python}/Python.h": b"",
            f"{shared}.1.0": interpreter(),
            f"{stdlib}/os.py": b"x = 1\n",
            f"{stdlib}/LICENSE.txt": b"PSF",
            f"{stdlib}/pdb.py": b"",
            f"{stdlib}/test/test_os.py": b"",
            f"{stdlib}/lib-dynload/_tkinter.so": interpreter(needed=["libtk.so"]),
            f"{stdlib}/json/__pycache__/decoder.cpython-{python.replace('.', '')}.pyc": b"",
            f"{stdlib}/json/decoder.py": b"",
            f"{stdlib}/site-packages/pip/__init__.py": b"",
        },
        {"python/bin/python3": f"python{python}", shared: f"libpython{python}.so.1.0"},
        "gz",
    )


@pytest.fixture
def pbs_archive() -> bytes:
    return pbs_tar()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that come before the machine's."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def write_tool(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
