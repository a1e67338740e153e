"""What a handler yields, as bytes: str is UTF-8, empty items are skipped, the rest refused.

A list is several chunks that leave together, with one system call.
"""

from __future__ import annotations

from .errors import INVALID_CHUNK, RuntimeFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Iterator
    from typing import Any

    from .exchange import BlockingOutgoing
    from .http11 import Data

    Item = bytes | bytearray | memoryview | str
    Chunk = Item | list[Item]
    Content = Iterable[Chunk] | AsyncIterable[Chunk] | Item

WHOLE = (bytes, bytearray, memoryview, str)


class ChunkSource:
    """The non-empty chunks of `content`; `close` closes its source, however far it was read."""

    __slots__ = ("_iterator", "_source", "last", "text")

    def __init__(self, content: Content) -> None:
        self.text = False  # whether the last chunk was text
        self.last: Data | list[Data] = b""
        self._source: Any = content
        # `iter` refuses what cannot be iterated; its TypeError is the handler's.
        self._iterator: Iterator[object] = iter(
            (content,) if isinstance(content, WHOLE) else content  # type: ignore[arg-type]
        )

    def __iter__(self) -> ChunkSource:
        return self

    def __next__(self) -> Data | list[Data]:
        while True:
            item = next(self._iterator)
            self.text = is_text(item)
            if data := encode_chunk(item):
                self.last = data
                return data

    async def read_first(self) -> Data | list[Data]:
        """The first chunk, empty if there is none; never suspends."""
        return next(self, b"")

    async def pump(self, out: BlockingOutgoing) -> None:
        """Writes every further chunk as it comes; never suspends."""
        write = out.write
        for item in self._iterator:
            # The usual item at once: this loop is what a stream of small chunks costs.
            data = item if type(item) is bytes else encode_chunk(item)
            if data:
                self.last = data
                write(data)

    async def aclose(self) -> None:
        """As `close`; never suspends."""
        self.close()

    def close(self) -> None:
        """Runs the `finally` blocks of a generator that was not read to its end."""
        close_first(self._iterator, self._source)


def close_first(*sources: object) -> None:
    """Closes the first of them that can be closed: an iterator, or else what it iterates."""
    for source in sources:
        close = getattr(source, "close", None)
        if callable(close):
            close()
            return


def is_text(item: object) -> bool:
    """Whether an item is text, which decides the default content type."""
    return isinstance(item, str) or (isinstance(item, list) and any(map(is_text, item)))


def encode_chunk(item: object) -> Data | list[Data]:
    """The bytes of an item that was yielded; empty for one to be skipped.

    Raises RuntimeFault `Runtime.InvalidChunk`.
    """
    if isinstance(item, str):
        return encode_text(item)
    if isinstance(item, (bytes, bytearray)):
        return item
    if isinstance(item, memoryview):
        return item.cast("B") if item.contiguous else item.tobytes()
    if isinstance(item, list):
        return [data for one in item if (data := _encode_list_item(one))]
    raise _invalid_chunk(item)


def encode_text(text: str) -> bytes:
    """Text as UTF-8. Halves of a surrogate pair are joined, a half alone becomes U+FFFD."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # such as a token that ends within an emoji: no reason to break off
        data = text.encode("utf-16-le", "surrogatepass")
        return data.decode("utf-16-le", "replace").encode("utf-8")


def _encode_list_item(item: object) -> Data:
    if isinstance(item, list):
        raise _invalid_chunk(item, " within a list")
    data = encode_chunk(item)
    assert not isinstance(data, list)
    return data


def _invalid_chunk(item: object, place: str = "") -> RuntimeFault:
    text = repr(item)
    shown = text if len(text) <= 60 else text[:57] + "..."
    message = (
        f"the handler yielded {shown} of type {type(item).__name__}{place},"
        " expected bytes, bytearray, memoryview, str, or a list of these"
    )
    return RuntimeFault(INVALID_CHUNK, message)
