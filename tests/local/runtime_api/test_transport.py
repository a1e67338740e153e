"""The bytes of one connection, and who holds back whom."""

import asyncio

import pytest

from streambda.local.runtime_api.transport import MOST_WAITING_BYTES, Peer


class Wire(asyncio.Transport):
    """A transport that remembers what it was told."""

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


def connected() -> tuple[Peer, Wire]:
    seen: list[Peer] = []
    peer, wire = Peer(seen.append), Wire()
    peer.connection_made(wire)
    assert seen == [peer]
    return peer, wire


async def test_reads_are_handed_on_as_they_came() -> None:
    peer, _ = connected()
    peer.data_received(b"one")
    peer.data_received(b"two")
    peer.eof_received()

    assert [await peer.read() for _ in range(3)] == [b"one", b"two", b""]


async def test_whoever_does_not_take_what_came_stops_the_other_side() -> None:
    peer, wire = connected()
    peer.data_received(bytes(MOST_WAITING_BYTES))
    assert wire.reading
    peer.data_received(b"x")
    assert not wire.reading

    await peer.read()

    assert wire.reading


async def test_a_full_connection_holds_the_writer_back() -> None:
    peer, wire = connected()
    peer.pause_writing()
    writing = asyncio.create_task(peer.write(b"event"))
    await asyncio.sleep(0)
    assert (wire.written, writing.done()) == (b"event", False)

    peer.resume_writing()

    await writing


async def test_a_lost_connection_is_told_behind_what_it_gave() -> None:
    peer, _ = connected()
    peer.data_received(b"part")
    peer.connection_lost(ConnectionResetError("reset"))

    assert await peer.read() == b"part"
    with pytest.raises(ConnectionResetError, match="reset"):
        await peer.read()
    with pytest.raises(ConnectionResetError):
        await peer.write(b"answer")
