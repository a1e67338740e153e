"""What goes wrong with one function, one client or one callback stays there."""

import asyncio
import re
import shutil
import signal
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from streambda.local import EndpointKind, EndpointOptions, Limits, LocalCloud
from streambda.local.environments.pool import FunctionPool
from streambda.local.environments.running_function import RunningFunction
from streambda.local.invocation.log_lines import LogLine
from streambda.local.terminal import Terminal
from tests.support.endpoint_clouds import url_of
from tests.support.local_assembly import function, url, write_assembly
from tests.support.odd_archives import ODD_ARCHIVES
from tests.support.processes import is_running
from tests.support.screen import Screen
from tests.support.wait_until import wait_until


def bootstrap(script: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.mkdir()
        (path / "bootstrap").write_text(script)
        (path / "bootstrap").chmod(0o755)
        return path

    return make


def not_executable(path: Path) -> Path:
    bootstrap("#!/bin/sh\n")(path)
    (path / "bootstrap").chmod(0o644)
    return path


def is_folder(path: Path) -> Path:
    (path / "bootstrap").mkdir(parents=True)
    return path


# What is broken about the code or the configuration of a function, and what its caller is told.
BROKEN: dict[str, tuple[Callable[[Path], Path], dict[str, Any], str]] = {
    "an encrypted zip": (*ODD_ARCHIVES["encrypted"][:1], {}, "encrypted"),
    "a name outside": (*ODD_ARCHIVES["a name above"][:1], {}, "outside of its folder"),
    "no format to execute": (bootstrap("\0\1\2"), {}, "exec format error"),
    "an interpreter that is missing": (bootstrap("#!/no/such\n"), {}, "no such file"),
    "no permission": (not_executable, {}, "permission denied"),
    "a folder": (is_folder, {}, "permission denied"),
    "a NUL in a variable": (bootstrap("#!/bin/sh\n"), {"NAME": "a\0b"}, "null byte"),
    "a variable's name with =": (
        bootstrap("#!/bin/sh\n"),
        {"A=B": "c"},
        "environment variable name",
    ),
    "variables without end": (bootstrap("#!/bin/sh\n"), {"NAME": "x" * 3_000_000}, "too long"),
    "an exit": (bootstrap("#!/bin/sh\nexit 3\n"), {}, "exit status 3"),
    "a signal": (bootstrap("#!/bin/sh\nkill -9 $$\n"), {}, "signal: killed"),
}


async def invoke(http: httpx.AsyncClient, cloud: LocalCloud, name: str, event: Any) -> Any:
    at = f"{cloud.lambda_url}/2015-03-31/functions/{name}/invocations"
    return (await http.post(at, json=event)).json()


@pytest.mark.parametrize("name", BROKEN)
async def test_a_function_that_cannot_start_ends_nothing_else(
    name: str, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    make, variables, reason = BROKEN[name]
    code = make(tmp_path / "broken.zip")
    resources = {
        "Broken": function(
            FunctionName="Broken",
            Code={"S3Key": "broken.zip"},
            Environment={"Variables": variables},
        ),
        "Words": function(FunctionName="Words"),
        "WordsUrl": url("Words"),
    }
    lines: list[LogLine] = []
    written = write_assembly(tmp_path / "out", resources, assets={"broken.zip": code})
    async with LocalCloud(written, lines=lines.append) as cloud:
        words = url_of(cloud, EndpointKind.FUNCTION_URL) + "words"
        for _ in range(2):
            answers = await asyncio.gather(invoke(http, cloud, "Broken", {}), http.get(words))
            assert answers[1].text == "one two"
            message = str(answers[0]["errorMessage"])
            assert reason_matches(reason, message), message
            assert "\n" not in message
        # It is tried again: once there is code that starts, it does.
        if code.is_dir():
            shutil.rmtree(code)
        code.unlink(missing_ok=True)
        shutil.copytree(written / "asset.code", code)
        if not variables:
            answer = await http.post(
                f"{cloud.lambda_url}/2015-03-31/functions/Broken/invocations", json={"do": "words"}
            )
            assert answer.content == b"one two"
    said = [line.text for line in lines if line.function == "Broken"]
    told = [text for text in said if text.startswith("Runtime.")]
    assert len(told) == 2


def reason_matches(reason: str, message: str) -> bool:
    return any(one in message for one in reason.split("|"))


PHASES = ("await_init", "hand_out", "await_end", "settle_log", "max_memory_used_mb")


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("where", PHASES)
async def test_an_error_of_our_own_ends_one_environment(
    where: str,
    warm: bool,
    cloud: LocalCloud,
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In whatever phase: the invocation fails or is complete, and the next one works."""

    def fail(*_: object) -> None:
        raise RuntimeError("nobody has thought of this")

    at = url_of(cloud, EndpointKind.FUNCTION_URL) + "words"
    if warm:
        assert (await http.get(at)).status_code == 201
    with monkeypatch.context() as patched:
        patched.setattr(
            RunningFunction, where, property(fail) if where == "max_memory_used_mb" else fail
        )
        first = await http.get(at)
    second = await http.get(at)

    assert first.status_code in {201, 502}
    assert (second.status_code, second.text) == (201, "one two")


# Programs that print while they answer, and are not ended by their output. Each asks for an
# invocation, answers it with "ok", and goes on.
TALKATIVE = """#!{python}
import http.client, os, sys, threading, time
def print_for_ever():
    while True:
        {talk}
def serve():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", "/2018-06-01/runtime/invocation/next")
        answer = api.getresponse()
        answer.read()
        id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        api.request("POST", f"/2018-06-01/runtime/invocation/{{id}}/response", b'"ok"')
        api.getresponse().read()
{start}
"""
THREAD = "threading.Thread(target=print_for_ever, daemon=True).start(); serve()"
CHILD = "os.fork() or print_for_ever(); serve()"
LONE = "os.fork() or (os.setsid(), print_for_ever()); serve()"
TALK: dict[str, tuple[str, str]] = {
    "lines": ("os.write(1, b'x\\n')", THREAD),
    "many lines at once": ("os.write(1, b'x\\n' * 10000)", THREAD),
    "no line end": ("os.write(1, b'x' * 100)", THREAD),
    "empty lines": ("os.write(1, b'\\n' * 10000)", THREAD),
    "errors": ("os.write(2, b'x\\n' * 100)", THREAD),
    "what is no text": ("os.write(1, b'\\xff\\x1b[2J\\x00\\xed\\xa0\\x80\\n' * 100)", THREAD),
    "a child": ("os.write(1, b'x\\n' * 100)", CHILD),
    "a child that leaves the session": ("os.write(1, b'x\\n' * 100)", LONE),
    "nothing, with closed outputs": ("os.close(1); os.close(2); time.sleep(1000)", THREAD),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TALK)
async def test_a_function_that_prints_without_pause_freezes_nothing(
    name: str, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    """Others answer, the talkative function itself answers, and the cloud ends."""
    talk, start = TALK[name]
    script = TALKATIVE.format(python=sys.executable, talk=talk, start=start)
    code = bootstrap(script)(tmp_path / "talk.zip")
    resources = {
        "Talk": function(FunctionName="Talk", Code={"S3Key": "talk.zip"}),
        "Words": function(FunctionName="Words"),
        "WordsUrl": url("Words"),
    }
    screen = Screen()
    terminal = Terminal(Console(file=screen, width=200, force_terminal=True))
    written = write_assembly(tmp_path / "out", resources, assets={"talk.zip": code})
    async with asyncio.timeout(60):
        async with LocalCloud(written, lines=terminal.print_log_line) as cloud:
            words = url_of(cloud, EndpointKind.FUNCTION_URL) + "words"
            for _ in range(3):
                assert await invoke(http, cloud, "Talk", {}) == "ok"
                assert (await http.get(words)).text == "one two"
    assert "\x1b[2J" not in screen.getvalue()


@pytest.mark.slow
async def test_what_is_begun_of_a_line_belongs_to_its_invocation(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    """Also when the process is killed at the deadline, or exits."""
    script = f"""#!{sys.executable}
import http.client, os, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
for number in range(4):
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    answer.read()
    id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    os.write(1, b"begun %d" % number)
    if number == 2:
        time.sleep(1000) if os.environ["HOW"] == "timeout" else os._exit(1)
    api.request("POST", f"/2018-06-01/runtime/invocation/{{id}}/response", b'"ok"')
    api.getresponse().read()
"""
    code = bootstrap(script)(tmp_path / "begun.zip")
    resources = {
        name: function(
            FunctionName=name,
            Timeout=1 if name == "timeout" else 20,
            ReservedConcurrentExecutions=1,  # no other process where this one is slow to ask
            Code={"S3Key": "begun.zip"},
            Environment={"Variables": {"HOW": name}},
        )
        for name in ("timeout", "exit")
    }
    lines: list[LogLine] = []
    written = write_assembly(tmp_path / "out", resources, assets={"begun.zip": code})
    async with LocalCloud(written, lines=lines.append) as cloud:
        for name in resources:
            for _ in range(3):
                await invoke(http, cloud, name, {})

    for name in resources:
        begun = [line for line in lines if line.function == name and line.text.startswith("begun")]
        ended = [line for line in lines if line.function == name and line.text.startswith("END")]
        assert [line.text for line in begun] == ["begun 0", "begun 1", "begun 2"]
        assert [line.request_id for line in begun] == [line.request_id for line in ended]
        assert all(
            lines.index(one) < lines.index(end) for one, end in zip(begun, ended, strict=True)
        )


PIDS = """#!{python}
import http.client, os, subprocess
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
child = subprocess.Popen(["sleep", "1000"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    answer.read()
    id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    body = b"[%d, %d]" % (os.getpid(), child.pid)
    api.request("POST", f"/2018-06-01/runtime/invocation/{{id}}/response", body)
    api.getresponse().read()
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
async def test_no_function_outlives_the_program(
    number: signal.Signals, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    """Also when it is killed and can do nothing itself; what functions have started goes too."""
    code = bootstrap(PIDS.format(python=sys.executable))(tmp_path / "pids.zip")
    resources = {"Pids": function(FunctionName="Pids", Code={"S3Key": "pids.zip"})}
    written = write_assembly(tmp_path / "out", resources, assets={"pids.zip": code})
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "streambda", "local", str(written), "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert program.stdout is not None
        async with asyncio.timeout(30):
            printed = ""
            while not (found := re.search(r"endpoint_url='(\S+)'", printed)):
                printed += (await program.stdout.readline()).decode()
        at = f"{found[1]}/2015-03-31/functions/Pids/invocations"
        pids = (await http.post(at, json={})).json()
        assert all(map(is_running, pids))
    finally:
        program.send_signal(number)
        await program.communicate()

    await wait_until(lambda: not any(map(is_running, pids)))


@pytest.mark.parametrize("kind", [one for one in EndpointKind if one != EndpointKind.HTTP_API])
async def test_an_endpoint_that_fails_is_one_line(
    kind: EndpointKind,
    cloud: LocalCloud,
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody has\nthought of this")

    path = "/2015-03-31/functions/Words/invocations" if kind is EndpointKind.LAMBDA_API else "words"
    at = url_of(cloud, kind) + path
    with monkeypatch.context() as patched:
        patched.setattr(FunctionPool, "invoke", fail)
        failed = await http.post(at, content=b"{}")
    fine = await http.post(at, content=b"{}")

    assert (failed.status_code, failed.text) == (500, "Internal Server Error")
    assert fine.is_success
    [record] = caplog.records
    assert record.getMessage().endswith(
        " failed on a request: ZeroDivisionError: nobody has thought of this"
    )


@pytest.mark.parametrize("depth", [500, 100_000])
async def test_events_within_events_are_refused_or_run(
    depth: int, cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    at = f"{cloud.lambda_url}/2015-03-31/functions/Words/invocations"
    nested = b"[" * depth + b"]" * depth
    for headers in ({}, {"x-amz-client-context": b64encode(nested[:2000]).decode()}):
        answer = await http.post(at, content=b'{"deep": %b}' % nested, headers=headers)
        assert answer.status_code in {200, 400, 431}

    assert (await http.post(at, content=b"{}")).content == b"one two"


@pytest.mark.parametrize("limit", [10, None])
async def test_what_lambda_takes_is_a_limit_like_others(
    limit: int | None, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    written = write_assembly(tmp_path, {"Words": function(FunctionName="Words")})
    options = EndpointOptions(limits=Limits(unzipped=limit))
    async with LocalCloud(written, options=options) as cloud:
        at = f"{cloud.lambda_url}/2015-03-31/functions/Words/invocations"
        answer = await http.post(at, json={"do": "words"})

    if limit is None:
        assert answer.content == b"one two"
    else:
        assert "bytes unzipped, expected at most 10 as on Lambda" in answer.text
