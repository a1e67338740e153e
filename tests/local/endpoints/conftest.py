"""One local cloud for all tests of a module that need no other options: a function that is warm
answers in a tenth of the time that a new process takes."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from streambda.local import EndpointOptions, Limits, LocalCloud
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import running, running_in_thread
from tests.support.gate import Gate, serve_gate
from tests.support.local_assembly import function, rest_api, url


@pytest.fixture(scope="module")
def gate_listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
async def gate(gate_listener: socket.socket) -> AsyncIterator[Gate]:
    async with serve_gate(gate_listener) as opened:
        yield opened


@pytest.fixture(scope="module")
def all_lines() -> LogLines:
    return []


@pytest.fixture
def lines(all_lines: LogLines) -> LogLines:
    """What the functions log from now on; the last lines of an earlier test may be among them."""
    all_lines.clear()
    return all_lines


@pytest.fixture(scope="module")
def shared_cloud(
    gate_listener: socket.socket, all_lines: LogLines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalCloud]:
    gate = at_gate(gate_listener.getsockname()[1])
    resources = {
        "Words": function(FunctionName="Words", **gate),
        "Hasty": function(FunctionName="Hasty", **gate, Timeout=1),
        "Idle": function(FunctionName="Idle"),
        "InitError": function("init_error", FunctionName="InitError"),
        "Exits": function("exits", FunctionName="Exits"),
        "WordsUrl": url("Words"),
        "BufferedUrl": url("Words", "BUFFERED"),
        **rest_api("Words"),
    }
    # At AWS's bandwidth some tests would take seconds; tests/local/limits has those.
    options = EndpointOptions(limits=Limits(lambda_rate=None, rest_rate=None))
    folder = tmp_path_factory.mktemp("endpoints") / "cloud"
    with running_in_thread(folder, resources, options, lines=all_lines, concurrency=3) as cloud:
        yield cloud


@pytest.fixture
async def single(tmp_path: Path, gate: Gate) -> AsyncIterator[LocalCloud]:
    """A cloud whose function serves one invocation at a time."""
    resources = {
        "Words": function(FunctionName="Words", **at_gate(gate.port)),
        "WordsUrl": url("Words"),
        **rest_api("Words"),
    }
    async with running(tmp_path, resources, concurrency=1) as cloud:
        yield cloud


def at_gate(port: int) -> dict[str, Any]:
    return {"Environment": {"Variables": {"GATE": str(port)}}}


@pytest.fixture
def cloud(shared_cloud: LocalCloud) -> LocalCloud:
    return shared_cloud
