"""A Runtime API that holds many polls at once, as a Managed Instance does, and processes for it.

Polls are gates: each waits until the test answers it, and the test waits until a poll comes.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

LAMBDA_SRC = str(Path(__file__).parents[2] / "lambda_src")
WAIT_S = 30.0

# What a worker is here: it polls, and answers with the number of its process.
PREAMBLE = """
import http.client, os, signal, sys
sys.path.insert(0, {path!r})
from streambda_runtime import logs
from streambda_runtime.platform import workers

def ask(api, method, path, body=None):
    api.request(method, path, body)
    return api.getresponse().read().decode()

def serve():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while (event := ask(api, "GET", "/next")) != "end":
        exec(event)
        ask(api, "POST", "/response", str(os.getpid()))
    return 7

logs.set_up(os.environ)
"""
THREE = "sys.exit(workers.run_workers(3, serve, pause_s=0))"


class Server(ThreadingHTTPServer):
    """Holds its tongue about workers that are killed."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *request: object) -> None:
        pass


class Poll:
    """A worker that waits for its next event."""

    def __init__(self) -> None:
        self.event: Queue[str] = Queue()

    def answer(self, event: str = "pass") -> None:
        self.event.put(event)


class ManyPolls:
    """A Runtime API with a thread for each connection."""

    def __init__(self) -> None:
        self.polls: Queue[Poll] = Queue()
        self.posts: Queue[str] = Queue()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                poll = Poll()
                outer.polls.put(poll)
                self._answer(poll.event.get(timeout=WAIT_S))

            def do_POST(self) -> None:
                outer.posts.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._answer("")

            def _answer(self, text: str) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread.start()

    def poll(self) -> Poll:
        return self.polls.get(timeout=WAIT_S)

    def worker(self) -> int:
        """The process whose answer came next."""
        return int(self.posts.get(timeout=WAIT_S))

    def workers(self, count: int) -> set[int]:
        """Has `count` workers poll at the same time, answers them all, and tells who they are."""
        polls = [self.poll() for _ in range(count)]
        assert self.polls.empty()
        for poll in polls:
            poll.answer()
        return {self.worker() for _ in range(count)}

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(WAIT_S)
        self._server.server_close()


@contextmanager
def running(code: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A parent with workers in a process group of its own, none of which outlives the test."""
    command = [sys.executable, "-I", "-c", PREAMBLE.format(path=LAMBDA_SRC) + code]
    process = subprocess.Popen(
        command,
        env=dict(os.environ) | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=WAIT_S)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end(process: subprocess.Popen[str], signal_number: int = signal.SIGTERM) -> tuple[int, str]:
    """Ends the parent; its exit status, and all that it and its workers wrote to stderr."""
    process.send_signal(signal_number)
    _, err = process.communicate(timeout=WAIT_S)
    return process.returncode, err
