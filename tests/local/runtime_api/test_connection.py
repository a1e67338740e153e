"""What a runtime sends, as bytes: bodies and trailers, however they are cut."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda.local.runtime_api.connection import BodyCutShort, HttpConnection
from streambda.local.runtime_api.socket_stream import SocketStream
from tests.support.runtime_api_session import BODY, ENCODED, NEXT, RESPONSE, TYPE


class NoTransport(asyncio.Transport):
    """Takes what is written, for tests that only read."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Forgets it."""

    def pause_reading(self) -> None:
        """Has given all it has."""

    def resume_reading(self) -> None:
        """Has nothing more."""


async def read_all(pieces: list[bytes]) -> tuple[bytes, dict[str, str], list[str]]:
    """Body, trailers, and the paths of all requests."""
    socket = SocketStream(lambda _: None)
    socket.connection_made(NoTransport())
    connection = HttpConnection(socket)
    for piece in filter(None, pieces):
        socket.data_received(piece)
    socket.eof_received()
    body = b""
    trailers: dict[str, str] = {}
    paths: list[str] = []
    while request := await connection.read_request():
        paths.append(request.path)
        body += b"".join([data async for data in connection.body()])
        trailers |= connection.trailers
        await connection.answer_json(202, {})
    return body, trailers, paths


EXPECTED_TRAILERS = {TYPE.lower(): "Function.ValueError", BODY.lower(): ENCODED}


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_body_and_trailers_in_pieces_with_more_behind(size: int) -> None:
    data = RESPONSE + NEXT
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    body, trailers, paths = await read_all(pieces)

    assert (body, trailers) == (b"part!!!", EXPECTED_TRAILERS)
    assert [path.rsplit("/", 1)[-1] for path in paths] == ["response", "next"]


@given(st.lists(st.integers(0, len(RESPONSE)), max_size=8))
def test_any_split_gives_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(RESPONSE)]
    pieces = [RESPONSE[a:b] for a, b in pairwise(edges)]

    body, trailers, _ = asyncio.run(read_all(pieces))

    assert (body, trailers) == (b"part!!!", EXPECTED_TRAILERS)


HEAD_BYTES = RESPONSE.index(b"\r\n\r\n") + 4


@given(st.integers(1, HEAD_BYTES - 1))
def test_cut_in_the_head_is_no_request(at: int) -> None:
    assert asyncio.run(read_all([RESPONSE[:at]])) == (b"", {}, [])


@given(st.integers(HEAD_BYTES, len(RESPONSE) - 1))
def test_cut_in_the_body_or_the_trailers_is_told(at: int) -> None:
    with pytest.raises(BodyCutShort):
        asyncio.run(read_all([RESPONSE[:at]]))
