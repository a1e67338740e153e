from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from streambda.layer.recipe import recipe_folder
from tests.layer.elf_writer import interpreter, tar

RecipeWithPbs = Callable[..., Path]


class ReleasePage:
    """An HTTP server on a free port that answers every path with one body."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 200
        self.announce = 0  # bytes announced beyond those sent
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(page.status)
                self.send_header("Content-Length", str(len(page.body) + page.announce))
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

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
    """Makes a copy of the recipe whose pbs archives, of both architectures, are the given one."""

    def make(url: str, sha256: str) -> Path:
        folder = Path(shutil.copytree(recipe_folder(), tmp_path / "recipe"))
        lock = folder / "python-layer.lock"
        head, debian = lock.read_text().split("[debian]", 1)
        lines = [
            f'url = "{url}"'
            if line.startswith("url")
            else f'sha256 = "{sha256}"'
            if line.startswith("sha256")
            else line
            for line in head.splitlines()
        ]
        lock.write_text("\n".join([*lines, "[debian]"]) + debian)
        return folder

    return make


@pytest.fixture
def pbs_archive() -> bytes:
    """Shaped as python-build-standalone's: python/bin/python3 is a link, much is to be pruned."""
    stdlib = "python/lib/python3.13"
    return tar(
        {
            "python/bin/python3.13": interpreter(),
            "python/bin/pip3": b"#!/bin/sh",
            "python/bin/python3-config": b"#!/bin/sh",
            "python/include/python3.13/Python.h": b"",
            "python/lib/libpython3.13.so.1.0": interpreter(),
            f"{stdlib}/os.py": b"x = 1\n",
            f"{stdlib}/LICENSE.txt": b"PSF",
            f"{stdlib}/pdb.py": b"",
            f"{stdlib}/test/test_os.py": b"",
            f"{stdlib}/lib-dynload/_tkinter.so": interpreter(needed=["libtk.so"]),
            f"{stdlib}/json/__pycache__/decoder.cpython-313.pyc": b"",
            f"{stdlib}/json/decoder.py": b"",
            f"{stdlib}/site-packages/pip/__init__.py": b"",
        },
        {"python/bin/python3": "python3.13", "python/lib/libpython3.13.so": "libpython3.13.so.1.0"},
        "gz",
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
