"""Extensions that are programs of their own: `tests/support/extension.py` beside a function."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from streambda.local.environments import running_function
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.pool import FunctionPool
from streambda.local.invocation.stream import InvocationStream
from streambda.local.runtime_api.extensions import Extensions
from streambda.local.runtime_api.session import RuntimeSession
from tests.support.gate import Gate
from tests.support.local_assembly import write_bootstrap
from tests.support.local_functions import WORDS
from tests.support.pools import PoolLog, new_request, run_pool
from tests.support.wait_until import wait_until

EXTENSION = Path(__file__).parents[2] / "support" / "extension.py"
ID = "r"


@asynccontextmanager
async def pool_with(
    folder: Path,
    does: dict[str, str],
    options: EnvironmentOptions | None = None,
    environment: dict[str, str] | None = None,
    **function: Any,
) -> AsyncIterator[tuple[FunctionPool, PoolLog]]:
    """A function with the extensions that `does` names."""
    programs = folder / "layer" / "extensions"
    programs.mkdir(parents=True)
    for name, what in does.items():
        program = programs / name
        program.write_text(f"#!{sys.executable}\n{EXTENSION.read_text()}")
        program.chmod(0o644 if what == "cannot be started" else 0o755)
    words = replace(
        WORDS,
        code=write_bootstrap(folder / "code"),
        layers=(folder / "layer",),
        environment={"EXTENSION_DOES": json.dumps(does), **(environment or {})},
        **{"timeout_s": 30, **function},
    )
    async with run_pool(words, folder, options or EnvironmentOptions()) as (pool, log):
        yield pool, log


async def read_all(stream: InvocationStream) -> bytes:
    data = b"".join([chunk async for chunk in stream])
    await stream.released.wait()
    return data


def printed(log: PoolLog, name: str) -> list[str]:
    return [text.removeprefix(f"{name} ") for text in log.texts if text.startswith(f"{name} ")]


async def test_it_hears_of_invocations_and_of_the_end(tmp_path: Path) -> None:
    async with pool_with(tmp_path, {"one": "", "other": ""}) as (pool, log):
        for number in range(2):
            assert await read_all(pool.invoke(new_request(request_id=str(number)))) == b"one two"

    for name in ("one", "other"):
        started, registered, *rest = printed(log, name)
        assert started == "starts"
        assert json.loads(registered.partition(" ")[2]) == {
            "functionName": "App-Words",
            "functionVersion": "$LATEST",
            "handler": "h",
            "accountId": "123456789012",
        }
        assert rest == ["INVOKE 0", "INVOKE 1", "SHUTDOWN spindown"]


FAILURES = {
    "exits": ("Extension.Crash", "bad: exit code 7"),
    "crashes": ("Extension.Crash", "bad: exit code 9"),
    "init/error": ("Extension.InitError", "bad: Extension.NoConfig"),
    "exit/error": ("Extension.ExitError", "bad: Extension.NoConfig"),
    "cannot be started": (
        "Extension.LaunchError",
        "fork/exec /opt/extensions/bad: permission denied",
    ),
}


@pytest.mark.parametrize("what", FAILURES)
async def test_one_that_fails(tmp_path: Path, gate: Gate, what: str) -> None:
    """One clear line in AWS's words; the function has no part in it."""
    error_type, reason = FAILURES[what]
    gates = {"GATE": str(gate.port)}
    async with pool_with(tmp_path, {"bad": what}, environment=gates) as (pool, log):
        stream = pool.invoke(new_request(b'{"do": "hangs"}'))
        await read_all(stream)

    assert stream.failure is not None
    document = json.loads(stream.failure.details or "")
    assert document == {
        "errorType": error_type,
        "errorMessage": f"RequestId: {ID} Error: {reason}",
    }
    assert log.texts.count(f"{error_type}: RequestId: {ID} Error: {reason}") == 1
    reports = [text for text in log.texts if text.endswith(f"Error Type: {error_type}")]
    assert [text.split("\t")[1:3] for text in reports if "INIT_REPORT" in text] == (
        [] if what == "crashes" else [["Phase: init", "Status: error"]]
    )


async def test_the_others_hear_of_a_failure(tmp_path: Path, gate: Gate) -> None:
    does = {"bad": "crashes", "good": ""}
    gates = {"GATE": str(gate.port)}
    async with pool_with(tmp_path, does, environment=gates) as (pool, log):
        await read_all(pool.invoke(new_request(b'{"do": "hangs"}')))

    assert printed(log, "good")[-1] == "SHUTDOWN failure"


async def test_it_hears_of_a_time_out(tmp_path: Path, gate: Gate) -> None:
    gates = {"GATE": str(gate.port)}
    async with pool_with(tmp_path, {"one": ""}, environment=gates, timeout_s=1) as (pool, log):
        # The cold start does not count: it is over after this one.
        await read_all(pool.invoke(new_request()))
        stream = pool.invoke(new_request(b'{"do": "hangs"}'))
        await read_all(stream)
        await wait_until(lambda: printed(log, "one")[-1].startswith("SHUTDOWN"))

    assert printed(log, "one")[-1] == "SHUTDOWN timeout"


SUBSCRIPTIONS = [
    "subscribes 2022-12-13 /2022-07-01/telemetry HTTP",
    "subscribes 2025-01-29 /2022-07-01/telemetry TCP",
    "subscribes 2021-03-18 /2020-08-15/logs HTTP",
]


@pytest.mark.parametrize("what", SUBSCRIPTIONS)
@pytest.mark.parametrize("log_format", ["Text", "JSON"])
async def test_one_that_subscribes(tmp_path: Path, what: str, log_format: str) -> None:
    """What was before it subscribed is there too, and what comes at the very end. It hears that the
    runtime is done before it asks for the next event."""
    file = tmp_path / "events"
    more = {"EVENTS": str(file)}
    running = pool_with(tmp_path, {"logger": what}, environment=more, log_format=log_format)
    async with running as (pool, log):
        await read_all(pool.invoke(new_request()))

    events = [json.loads(line) for line in file.read_text().splitlines()]
    kinds = [event["type"] for event in events]
    by_kind = {event["type"]: event["record"] for event in events}
    is_telemetry = "telemetry" in what
    begin = ["platform.initStart"] if is_telemetry else []
    assert [kind for kind in kinds if kind.startswith("platform")] == [
        *begin,
        "platform.telemetrySubscription" if is_telemetry else "platform.logsSubscription",
        *(["platform.initRuntimeDone"] if is_telemetry else []),
        "platform.extension",
        *(["platform.initReport"] if is_telemetry else []),
        "platform.start",
        "platform.runtimeDone",
        *([] if is_telemetry else ["platform.end"]),
        "platform.report",
    ]
    assert by_kind["platform.extension"] == {
        "name": "logger",
        "state": "Ready",
        "events": ["INVOKE", "SHUTDOWN"],
    }
    done = by_kind["platform.runtimeDone"]
    assert done["status"] == "success"
    assert done["metrics"]["producedBytes"] == len("one two")
    assert [span["name"] for span in done["spans"]] == [
        "responseLatency",
        "responseDuration",
        "runtimeOverhead",
    ]
    assert all(span["durationMs"] >= 0 for span in done["spans"])
    trace = {"type": "X-Amzn-Trace-Id", "value": "t"}
    for kind in ("platform.start", "platform.runtimeDone", "platform.report"):
        assert by_kind[kind]["tracing"] == trace
    assert by_kind["platform.report"]["metrics"]["memorySizeMB"] == 128
    assert "said two words" in [one["record"] for one in events if one["type"] == "function"]
    assert by_kind["extension"].startswith("logger ")
    assert 'logger subscribed 200 "OK"' in log.texts
    assert not [text for text in log.texts if "has not heard" in text]
    told = "EXTENSION\tName: logger\tState: Ready\tEvents: [INVOKE, SHUTDOWN]"
    assert (told in log.texts) is (log_format == "Text")


async def test_a_subscriber_hears_of_a_failed_init_phase(tmp_path: Path) -> None:
    file = tmp_path / "events"
    more = {"EVENTS": str(file)}
    does = {"logger": SUBSCRIPTIONS[0]}
    async with pool_with(tmp_path, does, environment=more, handler="exits") as (pool, log):
        await read_all(pool.invoke(new_request()))

    events = [json.loads(line) for line in file.read_text().splitlines()]
    by_kind = {event["type"]: event["record"] for event in events}
    failed = {
        "initializationType": "on-demand",
        "phase": "init",
        "status": "error",
        "errorType": "Runtime.ExitError",
    }
    assert by_kind["platform.initRuntimeDone"] == failed
    assert by_kind["platform.initReport"].pop("metrics")["durationMs"] > 0
    assert by_kind["platform.initReport"] == failed
    assert "logger SHUTDOWN failure" in log.texts


@pytest.mark.slow
async def test_one_that_never_registers(tmp_path: Path) -> None:
    """The runtime is not started; after the init phase the invocation's own time passes."""
    options = EnvironmentOptions(init_s=0.5)
    does = {"bad": "never registers"}
    async with pool_with(tmp_path, does, options, timeout_s=0.5) as (pool, log):
        stream = pool.invoke(new_request())
        await read_all(stream)

    assert stream.failure is not None
    assert "Task timed out after 0.50 seconds" in (stream.failure.details or "")
    assert "warning: the extension bad has not registered within 0.5 s" in log.texts
    assert "INIT_REPORT Init Duration: 500.00 ms\tPhase: init\tStatus: timeout" in log.texts


async def test_a_crash_while_nothing_is_to_do_ends_the_environment(
    tmp_path: Path, gate: Gate
) -> None:
    """The next invocation gets another one."""
    gates = {"GATE": str(gate.port)}
    does = {"one": "crashes at its gate"}
    async with pool_with(tmp_path, does, environment=gates) as (pool, log):
        assert await read_all(pool.invoke(new_request())) == b"one two"
        await gate.open()
        await wait_until(lambda: pool.alive == 0)
        assert await read_all(pool.invoke(new_request())) == b"one two"

    assert printed(log, "one").count("starts") == 2


# What it does, limits of the init phase and of an invocation, and why nothing goes on.
STUCK = {
    "registers as other": (
        (20, 20),
        "the extension bad has not registered within 20 s under the name of its file (other has)",
    ),
    "never asks": ((20, 20), "the extension bad has not asked for the next event within 20 s"),
    "takes its time": ((20, 2), "the extension bad has not asked for the next event within 2 s"),
}


# Whose wait ends when all has come that will ever come: neither before nor later, on any machine.
OVER: dict[str, tuple[type, str, Callable[[Any], bool]]] = {
    "registers as other": (Extensions, "wait_for_programs", lambda one: "other" in one.internal),
    "never asks": (RuntimeSession, "next_event", lambda one: bool(one.list_late_extensions())),
}


def end_in_time(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    if what not in OVER:
        return
    owner, wait, is_over = OVER[what]

    async def wait_and_end(one: Any) -> NoReturn:
        await wait_until(lambda: is_over(one))
        raise TimeoutError

    monkeypatch.setattr(owner, wait, wait_and_end)


@pytest.mark.slow
@pytest.mark.parametrize("what", STUCK)
async def test_one_that_holds_everything_up(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_in_time(monkeypatch, what)
    (init_s, timeout_s), warning = STUCK[what]
    options = EnvironmentOptions(init_s=init_s)
    async with pool_with(tmp_path, {"bad": what}, options, timeout_s=timeout_s) as (pool, log):
        stream = pool.invoke(new_request())
        await read_all(stream)

    assert f"warning: {warning}" in log.texts
    assert any("Task timed out after" in text for text in log.texts)


# Says so when it is told to end; its child is the runtime.
BOOTSTRAP = """#!/bin/sh
trap 'echo the runtime ends; exit 0' TERM
"{runtime}" &
wait
"""


def write_patient_bootstrap(folder: Path) -> None:
    """In place of that in `folder`."""
    (folder / "bootstrap").rename(folder / "runtime")
    (folder / "bootstrap").write_text(BOOTSTRAP.format(runtime=folder / "runtime"))
    (folder / "bootstrap").chmod(0o755)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["", "stays"])
async def test_the_runtime_ends_before_its_extensions(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that stays is killed: the cloud ends all the same."""
    monkeypatch.setattr(running_function, "SHUTDOWN_WITH_EXTERNAL_S", 20.0)  # it needs far less
    async with pool_with(tmp_path, {"one": what}) as (pool, log):
        write_patient_bootstrap(tmp_path / "code")
        await read_all(pool.invoke(new_request()))

    ends = log.texts.index("the runtime ends")
    assert log.texts.index("one SHUTDOWN spindown") > ends


async def test_a_runtime_that_ends_in_an_invocation_is_waited_for_by_nobody(
    tmp_path: Path,
) -> None:
    """The extension waits for the next event all the time, and keeps another connection open."""
    does = {"one": "keeps a connection"}
    async with pool_with(tmp_path, does, timeout_s=600) as (pool, log):
        stream = pool.invoke(new_request(b'{"do": "crashes"}'))
        await read_all(stream)
        assert await read_all(pool.invoke(new_request())) == b"one two"

    assert stream.failure is not None
    assert "exit status 1" in (stream.failure.details or "")
    assert "one SHUTDOWN failure" in log.texts
