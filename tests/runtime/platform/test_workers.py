"""Real processes against a Runtime API that holds many polls at once."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streambda_runtime.platform import workers
from tests.support.many_polls import (
    LAMBDA_SRC,
    PREAMBLE,
    THREE,
    WAIT_S,
    ManyPolls,
    end,
    is_alive,
    running,
)


@pytest.fixture
def api() -> Iterator[ManyPolls]:
    api = ManyPolls()
    yield api
    api.close()


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
