"""Takes a chunked body apart, also one that ends too early."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChunkedBody:
    """`chunks` that are whole, what is left of one that was cut, and the trailer section."""

    chunks: tuple[bytes, ...]
    cut: bytes
    trailers: bytes | None  # None where the body has no end


def read_chunked(data: bytes) -> ChunkedBody:
    """Raises ValueError where a chunk's size or end is not where it should be."""
    chunks: list[bytes] = []
    while True:
        size_line, line_end, rest = data.partition(b"\r\n")
        if not line_end:
            return ChunkedBody(tuple(chunks), data, None)
        size = int(size_line, 16)
        if size == 0:
            return ChunkedBody(tuple(chunks), b"", rest)
        if len(rest) < size + 2:
            return ChunkedBody(tuple(chunks), data, None)
        if rest[size : size + 2] != b"\r\n":
            raise ValueError(f"a chunk of {size} bytes is followed by {rest[size : size + 20]!r}")
        chunks.append(rest[:size])
        data = rest[size + 2 :]
