"""Waits for a socket on the event loop, and takes what has come."""

from __future__ import annotations

import asyncio
from _socket import MSG_DONTWAIT

from ..connection import READ_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket as Socket


async def wait_until_readable(sock: Socket) -> None:
    """Returns when `sock` has something to read, or its end."""
    loop = asyncio.get_running_loop()
    readable = loop.create_future()
    loop.add_reader(sock.fileno(), _set_done, readable)
    try:
        await readable
    finally:
        loop.remove_reader(sock.fileno())


def receive_now(sock: Socket) -> bytes:
    """What has come, without waiting; nothing at the end, which a reset is too."""
    try:
        return sock.recv(READ_SIZE, MSG_DONTWAIT)
    except OSError:
        return b""


def _set_done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
