"""The chunks of an async iterable: the counterpart of `chunks.ChunkSource`."""

from __future__ import annotations

from asyncio import CancelledError

from ..chunks import encode_chunk, is_text
from . import event_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from ..exchange import Outgoing
    from ..http11 import Data


class AsyncChunkSource:
    """The non-empty chunks of `content`; `aclose` closes its source, however far it was read."""

    __slots__ = ("_iterator", "_source", "last", "text")

    def __init__(self, content: Any) -> None:
        self.text = False
        self.last: Data | list[Data] = b""
        self._source = content
        self._iterator: AsyncIterator[object] = aiter(content)

    async def read_first(self) -> Data | list[Data]:
        """The first chunk, empty if there is none."""
        try:
            async for item in self._iterator:
                self.text = is_text(item)
                if data := encode_chunk(item):
                    self.last = data
                    return data
        except CancelledError:
            if event_loop.interruption is not None:
                raise event_loop.interruption from None
            raise
        return b""

    async def pump(self, out: Outgoing) -> None:
        """Puts every further chunk as it comes."""
        try:
            async for item in self._iterator:
                if data := encode_chunk(item):
                    self.last = data
                    await out.put(data)
        except CancelledError:
            if event_loop.interruption is not None:
                raise event_loop.interruption from None
            raise

    async def aclose(self) -> None:
        """Runs the `finally` blocks of an async generator that was not read to its end."""
        for source in (self._iterator, self._source):
            close = getattr(source, "aclose", None)
            if callable(close):
                await close()
                return
