"""Real processes against a Runtime API that holds many polls at once, as a Managed Instance does.

Polls are gates: each waits until the test answers it, and the test waits until a poll comes.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest

from streambda_runtime.platform import workers

LAMBDA_SRC = str(Path(__file__).parents[3] / "lambda_src")
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


@pytest.fixture
def api() -> Iterator[ManyPolls]:
    api = ManyPolls()
    yield api
    api.close()


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


@pytest.mark.parametrize(
    ("signal_number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["term", "int"]
)
def test_workers_poll_at_the_same_time_and_a_signal_ends_them_all(
    api: ManyPolls, signal_number: int, status: int
) -> None:
    with running(THREE, AWS_LAMBDA_RUNTIME_API=api.address) as process:
        pids = api.workers(3)
        assert api.workers(3) == pids

        assert end(process, signal_number) == (status, "")

    assert len(pids) == 3
    assert process.pid not in pids
    assert not any(map(is_alive, pids))


def test_a_worker_that_is_killed_is_replaced_and_the_others_go_on(api: ManyPolls) -> None:
    with running(THREE, AWS_LAMBDA_RUNTIME_API=api.address) as process:
        pids = api.workers(3)
        api.poll().answer("os.kill(os.getpid(), 9)")

        later = api.workers(3)  # two that wait since, and the new one

        (dead,) = pids - later
        assert len(pids & later) == 2
        assert not is_alive(dead)
        status, err = end(process)

    assert status == 143
    assert err.startswith("[streambda] worker ")
    assert err.endswith(f" (process {dead}) was killed by signal 9\n")
    assert not any(map(is_alive, pids | later))


def test_a_worker_that_ends_is_replaced_too(api: ManyPolls) -> None:
    with running(THREE, AWS_LAMBDA_RUNTIME_API=api.address) as process:
        pids = api.workers(3)
        api.poll().answer("end")

        assert len(pids | api.workers(3)) == 4
        assert end(process)[1].endswith("exited with status 7\n")


def test_a_worker_that_will_not_end_is_killed(api: ManyPolls) -> None:
    code = "workers.GRACE_S = 0.01\n" + THREE
    with running(code, AWS_LAMBDA_RUNTIME_API=api.address) as process:
        api.poll().answer("signal.signal(signal.SIGTERM, signal.SIG_IGN)")
        stubborn = api.worker()

        assert end(process)[0] == 143

    assert not is_alive(stubborn)


def test_a_worker_takes_signals_as_a_process_without_workers_does(api: ManyPolls) -> None:
    with running(THREE, AWS_LAMBDA_RUNTIME_API=api.address):
        api.poll().answer("assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])")
        assert api.worker()


def test_when_no_worker_can_start_there_is_an_end() -> None:
    with running("sys.exit(workers.run_workers(2, lambda: 1))") as process:
        _, err = process.communicate(timeout=WAIT_S)

    assert process.returncode == 1
    assert len(err.splitlines()) == 2
    assert err.count("exited with status 1\n") == 2


def test_a_start_that_fails_is_repeated_after_a_pause_while_another_worker_serves(
    api: ManyPolls,
) -> None:
    code = """
from time import monotonic
begun = monotonic()
def fails_once():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    verdict = ask(api, "GET", "/next")
    if verdict == "fail": return 1
    ask(api, "POST", "/response", str(monotonic() - begun >= 0.2))
    return serve()
sys.exit(workers.run_workers(2, fails_once, pause_s=0.2))
"""
    with running(code, AWS_LAMBDA_RUNTIME_API=api.address) as process:
        one, other = api.poll(), api.poll()
        one.answer("fail")

        api.poll().answer()

        assert api.posts.get(timeout=WAIT_S) == "True"
        other.answer()
        assert "exited with status 1" in end(process)[1]


def test_a_process_that_cannot_be_forked_is_told() -> None:
    code = """
def fork():
    raise BlockingIOError(11, "no more processes")
os.fork = fork
sys.exit(workers.run_workers(2, serve, pause_s=0))
"""
    with running(code) as process:
        _, err = process.communicate(timeout=WAIT_S)

    assert process.returncode == 1
    assert err.splitlines() == [
        "[streambda] worker 1 cannot be started: no more processes",
        "[streambda] worker 2 cannot be started: no more processes",
    ]


def test_what_the_parent_had_printed_is_not_printed_again_by_each_worker() -> None:
    code = "sys.stdout.write('begun; ')\nsys.exit(workers.run_workers(3, lambda: 1))"
    with running(code) as process:
        out, _ = process.communicate(timeout=WAIT_S)

    assert out == "begun; "


SAY = "print('out'); logs.log('err')\nimport logging; logging.error('logged')"


def test_each_worker_logs_over_two_connections_of_its_own(api: ManyPolls, tmp_path: Path) -> None:
    path = str(tmp_path / "logs.sock")
    code = "sys.exit(workers.run_workers(1, serve))"
    with socket.socket(socket.AF_UNIX) as provider:
        provider.bind(path)
        provider.listen()
        provider.settimeout(WAIT_S)
        environ = {"AWS_LAMBDA_LOG_FORMAT": "JSON", workers.PROVIDER_SOCKET: path}
        with running(code, AWS_LAMBDA_RUNTIME_API=api.address, **environ) as process:
            with provider.accept()[0] as first, provider.accept()[0] as second:
                api.poll().answer(SAY)
                api.worker()
                api.poll().answer("end")  # both connections end with their worker
                with first.makefile() as out, second.makefile() as err:
                    printed, logged = out.readlines()
                    (own,) = err.readlines()
            end(process)

    assert printed == "out\n"
    assert json.loads(logged)["message"] == "logged"
    assert json.loads(own)["message"] == "err"


def test_a_provider_that_is_not_there_leaves_the_streams_as_they_are(api: ManyPolls) -> None:
    environ = {workers.PROVIDER_SOCKET: "/nowhere/logs.sock"}
    code = "sys.exit(workers.run_workers(1, serve))"
    with running(code, AWS_LAMBDA_RUNTIME_API=api.address, **environ) as process:
        api.poll().answer("print('out')")
        api.worker()
        api.poll().answer("sys.exit(1)")
        out, err = process.communicate(timeout=WAIT_S)

    assert out == "out\n"
    assert err.splitlines()[0] == (
        "[streambda] no log at _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET '/nowhere/logs.sock':"
        " No such file or directory"
    )


def test_a_worker_does_not_frame_its_lines_though_the_parent_does(api: ManyPolls) -> None:
    read, write = os.pipe()
    command = [sys.executable, "-I", "-c", PREAMBLE.format(path=LAMBDA_SRC) + THREE]
    environ = dict(os.environ) | {
        "_LAMBDA_TELEMETRY_LOG_FD": str(write),
        "AWS_LAMBDA_RUNTIME_API": api.address,
    }
    process = subprocess.Popen(
        command, env=environ, pass_fds=(write,), stdout=subprocess.PIPE, text=True
    )
    os.close(write)
    api.poll().answer("print('plain'); os.kill(os.getpid(), 9)")
    api.workers(3)
    process.terminate()
    out, _ = process.communicate(timeout=WAIT_S)
    with os.fdopen(read, "rb") as frames:
        framed = frames.read()

    assert out == "plain\n"
    assert framed[:4].hex() == "a55a0017"
    assert framed.endswith(b"was killed by signal 9\n")


@pytest.mark.parametrize(("value", "count"), [("1", 1), ("16", 16), ("1600", 1600)])
def test_the_variable_is_the_number_of_workers(value: str, count: int) -> None:
    assert workers.count_workers({"AWS_LAMBDA_MAX_CONCURRENCY": value}) == count


@pytest.mark.parametrize("value", ["", "0", "-1", "two", "1.5", "1601", "9" * 5000])
def test_a_number_that_cannot_be_is_one_and_said(
    capsys: pytest.CaptureFixture[str], value: str
) -> None:
    assert workers.count_workers({"AWS_LAMBDA_MAX_CONCURRENCY": value}) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"[streambda] AWS_LAMBDA_MAX_CONCURRENCY is {value!r}, expected a number"
    )


# What `serve` is given for a handler; a worker that serves many polls as often as it is asked to.
CHOICE = """
from streambda_runtime.platform import pollers

def serve_by(handler):
    def serve_it(serve_many=None):
        if serve_many is None or not serve_many("", handler, None):
            return serve()
        return 0
    return serve_it

def poll_many(address, handler, count, metrics):
    print("one process for", count, flush=True)
    serve()

pollers.run = poll_many

async def coroutine(event, context): pass
async def generator(event, context): yield
def blocking(event, context): pass
class App:
    is_async = True
    def __call__(self, event, context): pass
class Callable:
    async def __call__(self, event, context): pass
"""


@pytest.mark.parametrize(
    ("handler", "model", "processes"),
    [
        ("coroutine", "", 1), ("generator", "", 1), ("App()", "", 1), ("Callable()", "", 1),
        ("blocking", "", 3), ("coroutine", "processes", 3), ("blocking", "event-loop", 1),
        ("blocking", "threads", 3), ("coroutine", "threads", 1),
    ],
)  # fmt: skip
def test_an_async_handler_has_one_process_and_a_blocking_one_has_many(
    api: ManyPolls, handler: str, model: str, processes: int
) -> None:
    code = f"{CHOICE}\nsys.exit(workers.run(os.environ, serve_by({handler})))"
    environ = {"AWS_LAMBDA_MAX_CONCURRENCY": "3", "STREAMBDA_CONCURRENCY": model}
    with running(code, AWS_LAMBDA_RUNTIME_API=api.address, **environ) as process:
        pids = api.workers(processes)

        status, err = end(process)

    assert len(pids) == processes
    assert process.pid not in pids
    assert status == 143
    said = "STREAMBDA_CONCURRENCY is 'threads', expected processes or event-loop"
    assert (said in err) == (model == "threads")


def test_a_first_worker_that_stays_alone_is_replaced_when_it_dies(api: ManyPolls) -> None:
    code = "sys.exit(workers.run_workers(3, serve, pause_s=0, first_alone=True))"
    with running(code, AWS_LAMBDA_RUNTIME_API=api.address) as process:
        (first,) = api.workers(1)
        api.poll()
        os.kill(first, signal.SIGKILL)
        (second,) = api.workers(1)

        end(process)

    assert first != second
