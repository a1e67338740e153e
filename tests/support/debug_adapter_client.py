"""A client of the Debug Adapter Protocol, as an editor has one: attaches, stops, goes on.

From the protocol's specification: messages are JSON behind a Content-Length header; after `attach`
the adapter says `initialized`, the client sets breakpoints and then says `configurationDone`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

WAIT_S = 30

Message = dict[str, Any]


class DebugAdapterClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        # Events and responses come in any order: what nobody has asked for yet is kept.
        self._unread: list[Message] = []

    async def attach(self, breakpoints: dict[Path, int], **arguments: Any) -> None:
        """Attaches with a breakpoint in each of these files, and lets the program start."""
        await self.call("initialize", adapterID="test", pathFormat="path", linesStartAt1=True)
        attached = await self.send("attach", justMyCode=True, **arguments)
        await self.wait_for("initialized")
        for path, line in breakpoints.items():
            found = await self.set_breakpoints(path, [line])
            assert [one["line"] for one in found] == [line]
        await self.call("configurationDone")
        await self._read_until(lambda one: one.get("request_seq") == attached)

    async def set_breakpoints(self, path: Path, lines: list[int]) -> list[Message]:
        source, wanted = {"path": str(path)}, [{"line": line} for line in lines]
        body = await self.call("setBreakpoints", source=source, breakpoints=wanted)
        breakpoints: list[Message] = body["breakpoints"]
        return breakpoints

    async def wait_for(self, event: str) -> Message:
        """The body of the next such event."""
        found = await self._read_until(lambda one: one.get("event") == event)
        return dict(found.get("body") or {})

    async def call(self, command: str, **arguments: Any) -> Message:
        """The body of the response, which must be a success."""
        number = await self.send(command, **arguments)
        response = await self._read_until(lambda one: one.get("request_seq") == number)
        assert response["success"], response
        return dict(response.get("body") or {})

    async def send(self, command: str, **arguments: Any) -> int:
        self._number += 1
        request = {"type": "request", "seq": self._number, "command": command}
        data = json.dumps({**request, "arguments": arguments}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        await self._writer.drain()
        return self._number

    async def _read_until(self, wanted: Callable[[Message], bool]) -> Message:
        async with asyncio.timeout(WAIT_S):
            while True:
                for message in self._unread:
                    if wanted(message):
                        self._unread.remove(message)
                        return message
                self._unread.append(await self._read())

    async def _read(self) -> Message:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.split(b":")[1].split()[0])
        message: Message = json.loads(await self._reader.readexactly(length))
        return message


@asynccontextmanager
async def connect_debugger(port: int) -> AsyncIterator[DebugAdapterClient]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield DebugAdapterClient(reader, writer)
    finally:
        writer.close()
