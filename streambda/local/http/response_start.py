"""The beginning of a streamed answer: what an endpoint must have seen before it can answer at all."""

from dataclasses import dataclass

from streambda.local.http.prelude import Prelude, PreludeReader, is_prelude_type
from streambda.local.invocation.stream import InvocationStream


@dataclass(frozen=True, slots=True)
class ResponseStart:
    prelude: Prelude
    first: bytes  # of the body, as far as it has come with the prelude


async def read_prelude(stream: InvocationStream, most_bytes: int | None) -> ResponseStart | None:
    """Reads up to the body. None: the invocation failed before. Raises `PreludeError`."""
    reader = PreludeReader(most_bytes)
    while (data := await stream.read_chunk()) is not None:
        first = reader.feed(data)
        if reader.prelude:
            return ResponseStart(reader.prelude, first)
    return None if stream.failure else ResponseStart(reader.end(), b"")


async def read_response_start(
    stream: InvocationStream, most_bytes: int | None
) -> ResponseStart | None:
    """For an endpoint that takes answers without a prelude too: these become 200 and their body.

    Returns with the first byte: an answer that fails before it is an error of its own.
    """
    head = await stream.read_head()
    if head is None:
        return None
    if is_prelude_type(head.content_type):
        return await read_prelude(stream, most_bytes)
    first = await stream.read_chunk()
    if first is None and stream.failure:
        return None
    return ResponseStart(Prelude(headers=(("content-type", head.content_type),)), first or b"")
