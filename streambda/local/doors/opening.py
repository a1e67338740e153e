"""The beginning of a streamed answer: what a door must have seen before it can answer at all."""

from dataclasses import dataclass

from streambda.local.doors.prelude import Prelude, PreludeReader, is_prelude_type
from streambda.local.invocation_stream import InvocationStream


@dataclass(frozen=True, slots=True)
class Opening:
    prelude: Prelude
    first: bytes  # of the body, as far as it has come with the prelude


async def read_prelude(stream: InvocationStream, most_bytes: int | None) -> Opening | None:
    """Reads up to the body. None: the invocation failed before. Raises `PreludeError`."""
    reader = PreludeReader(most_bytes)
    while (data := await stream.next_chunk()) is not None:
        first = reader.feed(data)
        if reader.prelude:
            return Opening(reader.prelude, first)
    return None if stream.failure else Opening(reader.end(), b"")


async def read_opening(stream: InvocationStream, most_bytes: int | None) -> Opening | None:
    """For a door that takes answers without a prelude too: these become 200 and their body.

    Returns with the first byte: an answer that fails before it is an error of its own.
    """
    head = await stream.head()
    if head is None:
        return None
    if is_prelude_type(head.content_type):
        return await read_prelude(stream, most_bytes)
    first = await stream.next_chunk()
    if first is None and stream.failure:
        return None
    return Opening(Prelude(headers=(("content-type", head.content_type),)), first or b"")
