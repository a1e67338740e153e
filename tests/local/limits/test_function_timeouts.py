"""A function's own Timeout, and `--limit timeout=off`."""

import asyncio
import math
from pathlib import Path

import pytest

from streambda.local import EndpointOptions, InvocationFailed, Limits, LocalCloud
from tests.support.gate import Gate
from tests.support.local_assembly import function, write_assembly

TIMEOUT_S = 0.05


def write(folder: Path, gate: Gate, timeout_s: float = TIMEOUT_S) -> Path:
    variables = {"Variables": {"GATE": str(gate.port)}}
    words = function(FunctionName="Words", Timeout=timeout_s, Environment=variables)
    return write_assembly(folder, {"Words": words})


async def collect(cloud: LocalCloud) -> bytes:
    event = {"do": "gated_raw"}
    return b"".join([chunk async for chunk in cloud.invoke_stream("Words", event)])


@pytest.mark.parametrize("limits", [Limits(timeout=math.inf), Limits().change(["timeout=off"])])
async def test_off_for_all_functions(limits: Limits, tmp_path: Path, gate: Gate) -> None:
    options = EndpointOptions(limits=limits)
    async with LocalCloud(write(tmp_path, gate), options=options) as cloud:
        body = asyncio.ensure_future(collect(cloud))
        arrival = await gate.wait_for_arrival()
        await asyncio.sleep(4 * TIMEOUT_S)  # the time that it has not got
        await gate.let_through(arrival)
        assert await body == b"onetwo"


@pytest.mark.parametrize("limits", [Limits(), Limits.none()])
async def test_on_by_default(limits: Limits, tmp_path: Path, gate: Gate) -> None:
    options = EndpointOptions(limits=limits)
    async with LocalCloud(write(tmp_path, gate), options=options) as cloud:
        with pytest.raises(InvocationFailed, match=r"timed out after 0\.05 seconds"):
            await collect(cloud)


def test_a_number_is_for_all_functions() -> None:
    assert Limits().change(["timeout=7.5"]).timeout == 7.5
    assert Limits().timeout is None  # each function's own


async def test_a_number_in_place_of_the_functions_own(tmp_path: Path, gate: Gate) -> None:
    options = EndpointOptions(limits=Limits(timeout=0.07))
    async with LocalCloud(write(tmp_path, gate, timeout_s=20), options=options) as cloud:
        with pytest.raises(InvocationFailed, match=r"timed out after 0\.07 seconds"):
            await collect(cloud)
