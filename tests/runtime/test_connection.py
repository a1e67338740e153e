"""The one socket: early answers, peers that go away, large writes."""

import select
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from streambda_runtime.connection import Connection, EarlyAnswer, send
from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.http11 import chunk
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.fake_runtime_api import WAIT_S
from tests.support.scripted_runtime_api import (
    ACCEPTED,
    GONE,
    NEXT,
    TOO_LARGE,
    read_until,
    serve_script,
)


def test_a_stale_connection_is_replaced_before_the_next_request() -> None:
    def answer_once(sock: socket.socket) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(ACCEPTED)

    with serve_script(answer_once, connections=2) as address:
        connection = Connection(address)
        for _ in range(2):
            sock = connection.start_request()
            send(sock, (b"GET / HTTP/1.1\r\n\r\n",))
            assert connection.receive().status == 202
            select.select([sock], [], [], WAIT_S)  # until the peer's close has arrived
        connection.close()


def test_an_answer_in_the_middle_of_a_body_stops_the_sending_and_closes_the_source() -> None:
    answered = threading.Event()
    closed = threading.Event()
    sent = 0

    def refuse(sock: socket.socket) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        read_until(sock, b"first\r\n")
        sock.sendall(TOO_LARGE)
        answered.set()
        read_until(sock, b"never")  # until the runtime closes

    def goes_away(sock: socket.socket) -> None:
        if not answered.is_set():
            refuse(sock)

    def handler(event: Any, context: Any) -> Iterator[bytes]:
        nonlocal sent
        try:
            yield b"first"
            assert answered.wait(WAIT_S)
            while True:
                sent += 1
                yield b"more"
        finally:
            closed.set()

    with serve_script(goes_away, connections=2) as address:
        api = RuntimeApi(address)
        with pytest.raises(RuntimeApiError, match=GONE):
            run(api, api, handler)  # a 413 is logged; the next request finds the peer gone
        api.close()

    assert closed.is_set()
    assert sent < 100_000  # the refusal was seen while sending, not after the buffers filled


def test_a_peer_that_goes_away_in_the_middle_of_a_body_ends_the_runtime() -> None:
    gone = threading.Event()

    def leave(sock: socket.socket) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        read_until(sock, b"first\r\n")
        sock.close()
        gone.set()

    def handler(event: Any, context: Any) -> Iterator[bytes]:
        yield b"first"
        assert gone.wait(WAIT_S)
        while True:
            yield b"more"

    with serve_script(leave) as address:
        api = RuntimeApi(address)
        with pytest.raises(RuntimeApiError, match="closed the connection in the middle of a req"):
            run(api, api, handler)
        api.close()


def test_a_send_on_a_closed_connection_is_an_early_answer() -> None:
    connection = Connection("127.0.0.1:1")

    with pytest.raises(EarlyAnswer) as early:
        connection.continue_request()

    assert early.value.response is None


def test_a_broken_answer_to_a_broken_request_counts_as_none() -> None:
    def nonsense(sock: socket.socket) -> None:
        read_until(sock, b"head")
        sock.sendall(b"nonsense\r\n\r\n")
        read_until(sock, b"never")

    with serve_script(nonsense) as address:
        connection = Connection(address)
        send(connection.start_request(), (b"head",))
        connection._poll.poll(WAIT_S * 1000)
        with pytest.raises(EarlyAnswer) as early:
            connection.continue_request()

    assert early.value.response is None


@pytest.mark.parametrize("reader_starts_late", [False, True])
def test_a_large_chunk_arrives_whole(reader_starts_late: bool) -> None:
    data = bytes(range(256)) * (32 * 1024)  # 8 MiB: more than the socket buffers hold
    wire = b"".join(chunk(data))
    go, received = threading.Event(), []

    def read_all(sock: socket.socket) -> None:
        assert sock.recv(4, socket.MSG_WAITALL) == b"head"
        assert go.wait(WAIT_S)
        body = b""
        while len(body) < len(wire):
            body += sock.recv(1 << 20)
        received.append(body)

    with serve_script(read_all) as address:
        connection = Connection(address)
        sock = connection.start_request()
        send(sock, (b"head",))
        timer = threading.Timer(0.05 if reader_starts_late else 0, go.set)
        timer.start()
        send(sock, chunk(data))
        timer.join()
    connection.close()

    assert received == [wire]


@pytest.mark.parametrize("address", ["", "localhost", ":80", "127.0.0.1:port"])
def test_an_address_that_is_none_is_named(address: str) -> None:
    with pytest.raises(RuntimeApiError, match=f"AWS_LAMBDA_RUNTIME_API is '{address}', expected"):
        Connection(address)


def test_nobody_listening_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_port:
        address = f"127.0.0.1:{closed_port.getsockname()[1]}"
    with pytest.raises(RuntimeApiError, match=f"no Runtime API at {address}: Connection refused"):
        Connection(address).start_request()
