"""Drives a source of events through an encoder: a generator for a blocking one, or an async one.

What the source raises becomes the protocol's own error frame, and goes to the log. The source is
closed on every way out, so that a model does not go on for nobody.
"""

from __future__ import annotations

from .failures import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import Any

    from .encoder import Encoder
    from .failures import Explain


# What every protocol here is sent as.
SSE_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


def encode_stream(source: Any, encoder: Encoder, errors: Explain | None) -> Any:
    """The frames of `source`: an iterator for an iterable, an async one for an async iterable.

    A str is one piece of text, and of a response of `converse_stream` its stream is read. Raises
    TypeError for what is not a source.
    """
    if isinstance(source, dict) and "stream" in source:
        source = source["stream"]
    if isinstance(source, str):
        source = (source,)
    if hasattr(source, "__aiter__"):
        return _encode_async(source, encoder, errors or explain)
    if not hasattr(source, "__iter__") or isinstance(source, (dict, bytes, bytearray, memoryview)):
        raise TypeError(
            f"the events are {type(source).__name__}, expected an iterable or async iterable of"
            " str, of events of streambda_runtime.llm or of a provider's events"
        )
    return _encode_blocking(source, encoder, errors or explain)


def _encode_blocking(source: Any, encoder: Encoder, errors: Explain) -> Iterator[bytes]:
    encode, encode_text = encoder.encode, encoder.encode_text
    iterator = failed = None
    try:
        try:
            iterator = iter(source)
            for item in iterator:
                data = encode_text(item) if type(item) is str else encode(item)
                if data:
                    yield data
                if encoder.ended:
                    return
            data = encoder.end()
        except Exception as error:
            data = encoder.fail(errors(error))
            failed = error
        yield data
    finally:
        for one in (iterator, source):
            close = getattr(one, "close", None)
            if callable(close):
                close()
        _log(failed)


async def _encode_async(source: Any, encoder: Encoder, errors: Explain) -> AsyncIterator[bytes]:
    encode, encode_text = encoder.encode, encoder.encode_text
    iterator = failed = None
    try:
        try:
            iterator = aiter(source)
            async for item in iterator:
                data = encode_text(item) if type(item) is str else encode(item)
                if data:
                    yield data
                if encoder.ended:
                    return
            data = encoder.end()
        except Exception as error:
            data = encoder.fail(errors(error))
            failed = error
        yield data
    finally:
        for one in (iterator, source):
            close = getattr(one, "aclose", None) or getattr(one, "close", None)
            if callable(close):
                closing = close()
                if hasattr(closing, "__await__"):
                    await closing
        _log(failed)


def _log(error: Exception | None) -> None:
    if error is not None:
        from ..exchange import log_exception

        log_exception(error)
