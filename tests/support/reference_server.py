"""Serves a web app with a server for its interface: uvicorn for ASGI, Werkzeug's for WSGI.

A program: `reference_server.py uvicorn module.name`, in the folder of the module. The first line of
its output is the port. Werkzeug's server is in place of wsgiref's, which speaks HTTP/1.0 only.
"""

import importlib
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HASH_SEED = "0"  # frameworks send the items of sets, whose order is to be the same everywhere


def serve_asgi(app: Any) -> None:
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)  # noqa: T201
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


def serve_wsgi(app: Any) -> None:
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.port, flush=True)  # noqa: T201
    server.serve_forever()


SERVERS = {"uvicorn": serve_asgi, "werkzeug": serve_wsgi}


@contextmanager
def reference_server(folder: Path, server: str, handler: str) -> Iterator[str]:
    """The URL of a server that has read the app `handler`, which is in `folder`."""
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, server, handler],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": HASH_SEED},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port, f"{server} did not start with {handler}"
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def main(server: str, handler: str) -> None:
    sys.path.insert(0, str(Path.cwd()))
    module, _, name = handler.rpartition(".")
    SERVERS[server](getattr(importlib.import_module(module), name))


if __name__ == "__main__":
    main(*sys.argv[1:])
