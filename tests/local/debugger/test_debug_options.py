"""Which functions are debugged, on which ports, and what is told of options that are wrong."""

import importlib.util
import math
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from streambda import cli
from streambda.local import LocalCloud, LocalCloudError, PortInUse
from streambda.local.debugger.options import FIRST_PORT, choose_ports, parse_debug
from streambda.local.environments.options import EnvironmentOptions
from tests.support.local_assembly import function, write_assembly


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ((), {}),
        (None, {}),
        ("Words", {"Words": None}),
        ("Words=5000", {"Words": 5000}),
        (["Words", "Clock=0"], {"Words": None, "Clock": 0}),
        ({"Words": 5000}, {"Words": 5000}),
    ],
)
def test_options(option: Any, expected: dict[str, int | None]) -> None:
    assert parse_debug(option) == expected


@pytest.mark.parametrize("port", ["", "x", "-1", "65536", "5678.0", "٣", " 1"])
def test_a_wrong_port(port: str) -> None:
    with pytest.raises(LocalCloudError, match=r"--debug Words: the port is '.*', expected 0 to"):
        parse_debug(f"Words={port}")


def test_ports_follow_each_other_and_are_free() -> None:
    found = choose_ports({"A": 0, "B": 0})

    assert len(set(found.values())) == 2
    assert FIRST_PORT == 5678  # as in the settings of the docs


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"--debug Words: port {port} is in use"):
            choose_ports({"Words": port})


def test_one_port_for_two() -> None:
    with pytest.raises(LocalCloudError, match="two functions have the same port"):
        choose_ports({"A": 5000, "B": 5000})


RESOURCES = {
    "Words": function(FunctionName="Words"),
    "Node": function(FunctionName="Node", Runtime="java21"),
}


@pytest.mark.parametrize(
    ("debug", "message"),
    [
        ("Nobody", "--debug: there is no function 'Nobody', expected one of Words, Node"),
        ("Node", "--debug Node: it cannot run here, its runtime is java21"),
        ("Words=x", "--debug Words: the port is 'x'"),
    ],
)
async def test_a_function_that_cannot_be_debugged(debug: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=message) as caught:
        async with LocalCloud(write_assembly(tmp_path, RESOURCES), debug=debug):
            pytest.fail("started")
    assert "\n" not in str(caught.value)


async def test_without_debugpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec

    def find(name: str, *rest: Any) -> Any:
        return None if name == "debugpy" else find_spec(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    with pytest.raises(LocalCloudError, match=r"needs debugpy: pip install 'streambda\[debug\]'"):
        async with LocalCloud(write_assembly(tmp_path, RESOURCES), debug="Words"):
            pytest.fail("started")


def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(write_assembly(tmp_path, RESOURCES))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(
            sys, "argv", ["streambda", "local", out, "--port", "0", "--debug", f"Words={port}"]
        )
        with pytest.raises(SystemExit) as caught:
            cli.main()

    assert caught.value.code == cli.PORT_IN_USE
    assert f"port {port} is in use" in capsys.readouterr().err


def test_who_looks_at_a_function_has_all_the_time_there_is() -> None:
    options = EnvironmentOptions(concurrency=10, debug_ports={"Words": 1})

    found, other = options.of_function("Words"), options.of_function("Other")

    assert (found.concurrency, found.init_s, found.idle_s) == (1, math.inf, None)
    assert (found.timeout_s, found.memory_limit) == (math.inf, False)
    assert other == options
