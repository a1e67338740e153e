"""The environments of a function, as processes: used again, limited, ended, reported on."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.pool import FunctionPool
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from tests.support.gate import Gate
from tests.support.local_assembly import write_bootstrap
from tests.support.local_functions import WORDS
from tests.support.pools import new_request, run_pool
from tests.support.processes import is_running
from tests.support.wait_until import wait_until

ENVIRONMENT = b'{"do": "environment"}'


@pytest.fixture
def words(tmp_path: Path, gate: Gate) -> LocalFunction:
    code = write_bootstrap(tmp_path / "code")
    variables = {"GATE": str(gate.port)}
    return replace(WORDS, code=code, handler="any", environment=variables, timeout_s=20)


async def read_to_end(stream: InvocationStream) -> bytes:
    async with asyncio.timeout(20):
        body = b"".join([data async for data in stream])
        await stream.released.wait()
    return body


async def find_log_stream(pool: FunctionPool) -> str:
    """Tells environments apart."""
    variables = json.loads(await read_to_end(pool.invoke(new_request(ENVIRONMENT))))
    return str(variables["AWS_LAMBDA_LOG_STREAM_NAME"])


async def test_an_idle_environment_is_used_again(words: LocalFunction, tmp_path: Path) -> None:
    async with run_pool(words, tmp_path, EnvironmentOptions()) as (pool, log):
        names = {await find_log_stream(pool) for _ in range(5)}

    assert len(names) == 1
    assert sum(text.startswith("cold start") for text in log.texts) == 1


async def test_each_invocation_in_flight_has_one_of_its_own(
    words: LocalFunction, tmp_path: Path, gate: Gate
) -> None:
    async with run_pool(words, tmp_path, EnvironmentOptions()) as (pool, _):
        streams = [pool.invoke(new_request(b'{"do": "gated"}')) for _ in range(2)]
        arrivals = [await gate.wait_for_arrival() for _ in range(2)]
        assert pool.alive == 2
        for arrival in arrivals:
            await gate.let_through(arrival)
        assert [await read_to_end(stream) for stream in streams] == [b"onetwo"] * 2


@pytest.mark.slow
async def test_a_request_right_behind_an_answer_waits_for_its_environment(
    words: LocalFunction, tmp_path: Path
) -> None:
    """Also with a single one: the runtime has not asked for more yet when the last byte is out."""
    function = replace(words, reserved_concurrency=1)
    async with run_pool(function, tmp_path, EnvironmentOptions()) as (pool, _):
        for _ in range(20):
            stream = pool.invoke(new_request())
            async with asyncio.timeout(20):
                assert b"".join([data async for data in stream]) == b"one two"


async def test_work_behind_an_answer_makes_room_by_another_environment(
    words: LocalFunction, tmp_path: Path, gate: Gate
) -> None:
    options = EnvironmentOptions(settle_s=0.01)
    async with run_pool(words, tmp_path, options) as (pool, _):
        first = pool.invoke(new_request(b'{"do": "lingers"}'))
        arrival = await gate.wait_for_arrival()
        assert b"".join([data async for data in first]) == b"one"
        assert await read_to_end(pool.invoke(new_request())) == b"one two"
        assert pool.alive == 2
        await gate.let_through(arrival)
        await first.released.wait()


@pytest.mark.parametrize(
    ("reserved", "reason"),
    [
        (None, "ConcurrentInvocationLimitExceeded"),
        (1, "ReservedFunctionConcurrentInvocationLimitExceeded"),
    ],
)
async def test_more_than_may_be_in_flight(
    reserved: int | None, reason: str, words: LocalFunction, tmp_path: Path, gate: Gate
) -> None:
    function = replace(words, reserved_concurrency=reserved)
    async with run_pool(function, tmp_path, EnvironmentOptions(concurrency=1)) as (pool, _):
        stream = pool.invoke(new_request(b'{"do": "gated"}'))
        await gate.wait_for_arrival()
        with pytest.raises(TooManyRequests, match="1 environments are busy") as caught:
            pool.invoke(new_request())

    assert caught.value.reason == reason
    assert stream.failure is not None


async def test_reserved_counts_and_not_the_clouds_own(words: LocalFunction, tmp_path: Path) -> None:
    options = EnvironmentOptions(concurrency=1)
    async with run_pool(replace(words, reserved_concurrency=0), tmp_path, options) as (pool, _):
        with pytest.raises(TooManyRequests):
            pool.invoke(new_request())


@pytest.mark.slow
async def test_an_environment_that_nobody_uses_ends(words: LocalFunction, tmp_path: Path) -> None:
    async with run_pool(words, tmp_path, EnvironmentOptions(idle_s=0.05)) as (pool, _):
        first = await find_log_stream(pool)
        await wait_until(lambda: pool.alive == 0)
        assert await find_log_stream(pool) != first


async def test_lines_of_lambda_itself(words: LocalFunction, tmp_path: Path) -> None:
    async with run_pool(replace(words, memory_mb=256), tmp_path, EnvironmentOptions()) as (
        pool,
        log,
    ):
        for name in ("one", "two"):
            await read_to_end(pool.invoke(new_request(request_id=name)))

    cold, *lines = log.lines
    assert cold.request_id is None
    assert [line.request_id for line in lines] == ["one"] * 4 + ["two"] * 4
    start, printed, end, report = [line.text for line in lines[:4]]
    assert start == "START RequestId: one Version: $LATEST"
    assert printed == "said two words"
    assert end == "END RequestId: one"
    number = r"(\d+(?:\.\d\d)?)"
    found = re.fullmatch(
        rf"REPORT RequestId: one\tDuration: {number} ms\tBilled Duration: {number} ms\t"
        rf"Memory Size: 256 MB\tMax Memory Used: {number} MB\tInit Duration: {number} ms\t",
        report,
    )
    assert found is not None, report
    duration, billed, used, init = map(float, found.groups())
    assert billed - 1 <= duration + init <= billed + 0.01
    assert 3 < used < 256
    assert "Init Duration" not in lines[-1].text


async def test_lines_of_lambda_itself_as_json(words: LocalFunction, tmp_path: Path) -> None:
    function = replace(words, log_format="JSON")
    async with run_pool(function, tmp_path, EnvironmentOptions()) as (pool, log):
        await read_to_end(pool.invoke(new_request()))

    _, start, _, report = log.texts
    assert json.loads(start)["record"] == {"requestId": "r", "version": "$LATEST"}
    event = json.loads(report)
    assert event["type"] == "platform.report"
    assert event["record"]["status"] == "success"
    assert event["record"]["metrics"].keys() == {
        "durationMs",
        "billedDurationMs",
        "memorySizeMB",
        "maxMemoryUsedMB",
        "initDurationMs",
    }


@pytest.mark.parametrize(
    ("what", "timeout_s", "tail"),
    [
        (b'{"do": "crashes"}', 20.0, "\tStatus: error\tError Type: Runtime.ExitError\t"),
        pytest.param(b'{"do": "hangs"}', 1.0, "\tStatus: timeout\t", marks=pytest.mark.slow),
    ],
)
async def test_a_report_tells_how_it_ended(
    what: bytes, timeout_s: float, tail: str, words: LocalFunction, tmp_path: Path
) -> None:
    function = replace(words, timeout_s=timeout_s)
    async with run_pool(function, tmp_path, EnvironmentOptions()) as (pool, log):
        await read_to_end(pool.invoke(new_request(what)))

    assert log.texts[-1].endswith(tail)


def greedy(folder: Path) -> Path:
    """A function that holds 64 MB in a child of its own as soon as it starts, and never asks."""
    code = write_bootstrap(folder)
    child = "held = b'x' * (64 << 20); print(len(held), flush=True); input()"
    (code / "bootstrap").write_text(
        f'#!/bin/sh\necho $$\nsleep 1000 | "$STREAMBDA_PYTHON" -c "{child}" & wait\n'
    )
    return code


async def test_too_much_memory_is_the_end(words: LocalFunction, tmp_path: Path) -> None:
    function = replace(words, code=greedy(tmp_path / "greedy"), memory_mb=48)
    async with run_pool(function, tmp_path, EnvironmentOptions()) as (pool, log):
        stream = pool.invoke(new_request())
        await read_to_end(stream)

    assert stream.failure is not None
    assert json.loads(stream.failure.details or "") == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: r Error: Runtime exited with error: signal: killed",
    }
    assert not is_running(int(log.texts[1]))


async def test_memory_that_nobody_limits(words: LocalFunction, tmp_path: Path) -> None:
    function = replace(words, code=greedy(tmp_path / "greedy"), memory_mb=48)
    options = EnvironmentOptions(memory_limit=False)
    async with run_pool(function, tmp_path, options) as (pool, log):
        pool.invoke(new_request())
        await wait_until(lambda: str(64 << 20) in log.texts)

    assert not any("killed" in text for text in log.texts)


async def test_new_code_from_the_next_invocation_on(
    words: LocalFunction, tmp_path: Path, gate: Gate
) -> None:
    new = replace(words, environment={**words.environment, "NEW": "yes"})
    async with run_pool(words, tmp_path, EnvironmentOptions()) as (pool, _):
        await read_to_end(pool.invoke(new_request()))
        stream = pool.invoke(new_request(b'{"do": "gated"}'))
        arrival = await gate.wait_for_arrival()
        pool.replace(new)
        variables = json.loads(await read_to_end(pool.invoke(new_request(ENVIRONMENT))))
        await gate.let_through(arrival)
        assert await read_to_end(stream) == b"onetwo"
        # The old one has ended behind its stream.
        await wait_until(lambda: pool.alive == 1)

    assert variables["NEW"] == "yes"


@pytest.mark.parametrize("options", [{"concurrency": -1}, {"idle_s": 0}])
def test_options_that_make_no_sense(options: dict[str, float]) -> None:
    with pytest.raises(LocalCloudError, match="expected"):
        EnvironmentOptions(**options)  # type: ignore[arg-type]
