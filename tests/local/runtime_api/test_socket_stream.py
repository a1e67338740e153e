"""One socket's bytes, and the back-pressure in both directions."""

import asyncio

import pytest

from streambda.local.runtime_api.socket_stream import MOST_WAITING_BYTES, SocketStream


class FakeTransport(asyncio.Transport):
    """Remembers what was written, and whether it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


def connect() -> tuple[SocketStream, FakeTransport]:
    seen: list[SocketStream] = []
    stream, transport = SocketStream(seen.append), FakeTransport()
    stream.connection_made(transport)
    assert seen == [stream]
    return stream, transport


async def test_reads_are_handed_on_as_they_came() -> None:
    stream, _ = connect()
    stream.data_received(b"one")
    stream.data_received(b"two")
    stream.eof_received()

    assert [await stream.read() for _ in range(3)] == [b"one", b"two", b""]


async def test_reading_stops_while_nobody_takes_what_came() -> None:
    stream, transport = connect()
    stream.data_received(bytes(MOST_WAITING_BYTES))
    assert transport.reading
    stream.data_received(b"x")
    assert not transport.reading

    await stream.read()

    assert transport.reading


async def test_a_full_connection_holds_the_writer_back() -> None:
    stream, transport = connect()
    stream.pause_writing()
    writing = asyncio.create_task(stream.write(b"event"))
    await asyncio.sleep(0)
    assert (transport.written, writing.done()) == (b"event", False)

    stream.resume_writing()

    await writing


async def test_a_lost_connection_is_reported_after_its_last_bytes() -> None:
    stream, _ = connect()
    stream.data_received(b"part")
    stream.connection_lost(ConnectionResetError("reset"))

    assert await stream.read() == b"part"
    with pytest.raises(ConnectionResetError, match="reset"):
        await stream.read()
    with pytest.raises(ConnectionResetError):
        await stream.write(b"answer")
