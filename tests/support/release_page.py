"""Stands in for the page where python-build-standalone releases its archives."""

from __future__ import annotations

import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.layer_files import make_interpreter, make_tar


class ReleasePage:
    """An HTTP server on a free port that answers every path with one body, or a range of it."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 200
        self.announce = 0  # bytes announced, but not sent
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
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        start = 0 if asked is None or not self.answer_ranges else int(asked[6:-1]) - self.lie
        body = self.body[start:]
        partial = self.answer_ranges and asked is not None
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


def make_pbs_archive(python: str = "3.13") -> bytes:
    """Laid out as python-build-standalone's, with a link and with much that is pruned."""
    stdlib, shared = f"python/lib/python{python}", f"python/lib/libpython{python}.so"
    return make_tar(
        {
            f"python/bin/python{python}": make_interpreter(),
            "python/bin/pip3": b"#!/bin/sh",
            "python/bin/python3-config": b"#!/bin/sh",
            f"python/include/python{python}/Python.h": b"",
            f"{shared}.1.0": make_interpreter(),
            f"{stdlib}/os.py": b"x = 1\n",
            f"{stdlib}/LICENSE.txt": b"PSF",
            f"{stdlib}/pdb.py": b"",
            f"{stdlib}/test/test_os.py": b"",
            f"{stdlib}/lib-dynload/_tkinter.so": make_interpreter(needed=["libtk.so"]),
            f"{stdlib}/json/__pycache__/decoder.cpython-{python.replace('.', '')}.pyc": b"",
            f"{stdlib}/json/decoder.py": b"",
            f"{stdlib}/site-packages/pip/__init__.py": b"",
        },
        {"python/bin/python3": f"python{python}", shared: f"libpython{python}.so.1.0"},
        "gz",
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
