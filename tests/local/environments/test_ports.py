"""Which port the web server of an environment gets, behind an adapter."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from streambda.local.environments.ports import TakenPortNote, hold_port
from tests.support.free_ports import find_free_ports

ADAPTER = [Path("/opt/extensions/lambda-adapter")]


@pytest.mark.parametrize("name", ["PORT", "AWS_LWA_PORT"])
def test_the_second_gets_another_one(name: str) -> None:
    port = str(find_free_ports(1))
    with ExitStack() as stack:
        first = stack.enter_context(hold_port({name: port}, ADAPTER))
        second = stack.enter_context(hold_port({name: port}, ADAPTER))
        third = stack.enter_context(hold_port({name: port}, ADAPTER))

    assert first == {}
    assert second["PORT"] == second["AWS_LWA_PORT"]
    assert len({port, second["PORT"], third["PORT"]}) == 3
    with hold_port({name: port}, ADAPTER) as again:
        assert again == {}


def test_one_that_another_program_has() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with hold_port({"PORT": str(port)}, ADAPTER) as changed:
            assert changed["PORT"] != str(port)


@pytest.mark.parametrize("variables", [{"PORT": "http"}, {"PORT": "99999"}])
def test_what_is_no_port_stays(variables: dict[str, str]) -> None:
    with hold_port(variables, ADAPTER) as changed:
        assert changed.get("PORT") is None or variables["PORT"].isdecimal()


def test_other_functions_keep_theirs() -> None:
    with hold_port({"PORT": "1"}, [Path("/opt/extensions/logger")]) as changed:
        assert changed == {}


def test_a_port_that_is_taken_is_explained_once() -> None:
    """In the words of Node.js, of Go and of Python."""
    notes: list[str] = []
    note = TakenPortNote(notes.append)
    note.look_at("listening on 8080")
    assert notes == []
    note.look_at("Error: listen EADDRINUSE: address already in use :::8080")
    note.look_at("listen tcp :8080: bind: address already in use")
    note.look_at("OSError: [Errno 98] Address already in use")

    assert len(notes) == 1
    assert "--concurrency 1 allows one environment" in notes[0]
