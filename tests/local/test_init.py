"""What goes wrong before the first invocation is told, and holds nobody up."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streambda.local.environments import FunctionPool, TooManyRequests
from streambda.local.execution_environment import ExecutionEnvironment
from streambda.local.functions import LocalFunction
from streambda.local.invocation_stream import InvocationStream
from streambda.local.invocations import InvocationRequest
from streambda.local.sandbox_files import SandboxFiles
from tests.local.test_function_names import WORDS
from tests.support.gate import Gate
from tests.support.local_assembly import write_bootstrap

REQUEST = InvocationRequest(
    request_id="r", invocation_id="i", function_arn="arn", event=b"{}", trace_id="t"
)


async def failure_of(function: LocalFunction, folder: Path, **limits: Any) -> dict[str, str]:
    environment = ExecutionEnvironment(function, SandboxFiles(folder), lambda line: None)
    stream = InvocationStream(REQUEST)
    environment.take(stream)
    await environment.run(**limits)
    assert stream.failure is not None
    assert stream.failure.code == "Unhandled"
    told: dict[str, str] = json.loads(stream.failure.details or "")
    return told


async def test_no_bootstrap(tmp_path: Path) -> None:
    told = await failure_of(replace(WORDS, code=tmp_path), tmp_path)

    assert told == {
        "errorType": "Runtime.InvalidEntrypoint",
        "errorMessage": "RequestId: r Error: fork/exec /var/task/bootstrap: "
        "no such file or directory",
    }


async def test_no_code(tmp_path: Path) -> None:
    told = await failure_of(WORDS, tmp_path)

    assert told["errorMessage"].endswith("expected a file or folder asset")


async def test_managed_python_without_the_wrapper(tmp_path: Path) -> None:
    told = await failure_of(replace(WORDS, code=tmp_path, runtime="python3.13"), tmp_path)

    assert "App-Words cannot be run here: its runtime is python3.13" in told["errorMessage"]


async def test_no_wrapper_to_run(tmp_path: Path) -> None:
    wrapper = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}
    function = replace(WORDS, code=tmp_path, runtime="python3.13", environment=wrapper)

    told = await failure_of(function, tmp_path)

    assert told["errorMessage"].endswith(
        "fork/exec /var/task/streambda-wrapper: no such file or directory"
    )


async def test_init_that_takes_too_long(tmp_path: Path, keeper: Gate) -> None:
    code = write_bootstrap(tmp_path / "code")
    function = replace(WORDS, code=code, handler="waits", environment={"GATE": str(keeper.port)})

    told = await failure_of(function, tmp_path, init_limit_s=0.1)

    assert "within 0.10 seconds of its start" in told["errorMessage"]


async def test_pool_that_is_closed_at_once_tells_its_callers(tmp_path: Path) -> None:
    function = replace(WORDS, code=write_bootstrap(tmp_path / "code"))
    async with asyncio.TaskGroup() as tasks:
        pool = FunctionPool(function, SandboxFiles(tmp_path), tasks, lambda line: None, limit=1)
        stream = pool.invoke(REQUEST)
        with pytest.raises(TooManyRequests, match="1 environments are busy"):
            pool.invoke(REQUEST)
        pool.close()

    assert await stream.head() is None
    assert stream.failure is not None
    assert "shut down" in (stream.failure.details or "")
