"""What goes wrong in the init phase is reported, and keeps nobody waiting."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streambda.local.environments.execution_environment import ExecutionEnvironment
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationRequest, InvocationStream
from streambda.local.model.functions import LocalFunction
from tests.support.gate import Gate
from tests.support.local_assembly import write_bootstrap
from tests.support.local_functions import WORDS
from tests.support.pools import PoolLog, run_pool
from tests.support.wait_until import wait_until

REQUEST = InvocationRequest(
    request_id="r", invocation_id="i", function_arn="arn", event=b"{}", trace_id="t"
)


async def fail_init(function: LocalFunction, folder: Path, **limits: Any) -> dict[str, str]:
    options = EnvironmentOptions(**limits)
    environment = ExecutionEnvironment(
        function, SandboxFiles(folder), PoolLog().write_line, options, PoolLog()
    )
    stream = InvocationStream(REQUEST)
    environment.take(stream)
    await environment.run()
    assert stream.failure is not None
    assert stream.failure.code == "Unhandled"
    document: dict[str, str] = json.loads(stream.failure.details or "")
    return document


async def test_no_bootstrap(tmp_path: Path) -> None:
    document = await fail_init(replace(WORDS, code=tmp_path), tmp_path)

    assert document == {
        "errorType": "Runtime.InvalidEntrypoint",
        "errorMessage": "RequestId: r Error: Couldn't find valid bootstrap(s): "
        "[/var/task/bootstrap /opt/bootstrap]",
    }


async def test_no_code(tmp_path: Path) -> None:
    document = await fail_init(WORDS, tmp_path)

    assert document["errorMessage"].endswith(
        "expected a file or folder asset, or a module in the template"
    )


async def test_runtime_of_another_language(tmp_path: Path) -> None:
    document = await fail_init(replace(WORDS, code=tmp_path, runtime="java21"), tmp_path)

    assert "App-Words cannot be run here: its runtime is java21" in document["errorMessage"]


async def test_no_wrapper_to_run(tmp_path: Path) -> None:
    wrapper = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}
    function = replace(WORDS, code=tmp_path, runtime="python3.13", environment=wrapper)

    document = await fail_init(function, tmp_path)

    assert document["errorMessage"].endswith(
        "fork/exec /var/task/streambda-wrapper: no such file or directory"
    )


@pytest.mark.slow
async def test_init_that_takes_too_long_twice(tmp_path: Path, gate: Gate) -> None:
    code = write_bootstrap(tmp_path / "code")
    function = replace(WORDS, code=code, handler="waits", environment={"GATE": str(gate.port)})

    document = await fail_init(replace(function, timeout_s=0.2), tmp_path, init_s=0.1)

    assert document["errorType"] == "Sandbox.Timedout"
    assert document["errorMessage"].endswith("Task timed out after 0.20 seconds")


async def open_for_all(gate: Gate) -> None:
    while True:
        await gate.open()


@pytest.mark.slow
async def test_slow_init_is_done_again_in_the_invocations_time(tmp_path: Path, gate: Gate) -> None:
    code = write_bootstrap(tmp_path / "code")
    function = replace(WORDS, code=code, handler="waits", environment={"GATE": str(gate.port)})
    options = EnvironmentOptions(init_s=1.0)
    async with run_pool(replace(function, timeout_s=20), tmp_path, options) as (pool, log):
        stream = pool.invoke(REQUEST)
        await wait_until(lambda: any("Phase: init" in text for text in log.texts))
        # Only from now on, and whoever comes: the first may have ended before it came to the gate.
        opening = asyncio.create_task(open_for_all(gate))
        head = await stream.read_head()
        await stream.released.wait()
        opening.cancel()

    assert head is not None
    assert "INIT_REPORT Init Duration: 1000.00 ms\tPhase: init\tStatus: timeout" in log.texts
    assert "Init Duration" not in log.texts[-1]


async def test_pool_that_is_closed_at_once_tells_its_callers(tmp_path: Path) -> None:
    function = replace(WORDS, code=write_bootstrap(tmp_path / "code"))
    async with run_pool(function, tmp_path, EnvironmentOptions(concurrency=1)) as (pool, _):
        stream = pool.invoke(REQUEST)
        with pytest.raises(TooManyRequests, match="1 environments are busy"):
            pool.invoke(REQUEST)
        pool.close()
        with pytest.raises(TooManyRequests, match="shutting down"):
            pool.invoke(REQUEST)

    assert await stream.read_head() is None
    assert stream.failure is not None
    assert "shut down" in (stream.failure.details or "")
