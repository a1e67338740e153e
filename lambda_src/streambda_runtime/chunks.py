"""What a handler yields, as bytes: str is UTF-8, empty items are skipped, the rest refused."""

from __future__ import annotations

from .errors import RuntimeFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Chunk = bytes | bytearray | memoryview | str
    Content = Iterable[Chunk] | Chunk


class Chunks:
    """The non-empty chunks of `content`; `close` closes its source, however far it was read."""

    __slots__ = ("_iterator", "_source", "text")

    def __init__(self, content: Content) -> None:
        self.text = False  # whether the last item was a str
        self._source: object = content
        whole = isinstance(content, (bytes, bytearray, memoryview, str))
        self._iterator: Iterator[Chunk] = iter((content,) if whole else content)  # type: ignore[arg-type]

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes | bytearray | memoryview:
        while True:
            item = next(self._iterator)
            data = self._encoded(item)
            if data:
                return data

    def close(self) -> None:
        """Runs the `finally` blocks of a generator that was not read to its end."""
        for source in (self._iterator, self._source):
            close = getattr(source, "close", None)
            if callable(close):
                close()
                return

    def _encoded(self, item: object) -> bytes | bytearray | memoryview:
        self.text = isinstance(item, str)
        if isinstance(item, str):
            return item.encode("utf-8")
        if isinstance(item, (bytes, bytearray)):
            return item
        if isinstance(item, memoryview):
            return item.cast("B") if item.contiguous else item.tobytes()
        kind = type(item).__name__
        message = (
            f"the handler yielded {_shown(item)} of type {kind},"
            " expected bytes, bytearray, memoryview or str"
        )
        raise RuntimeFault("Runtime.InvalidChunk", message)


def _shown(item: object) -> str:
    text = repr(item)
    return text if len(text) <= 60 else text[:57] + "..."
