"""The path: next -> event -> handler -> chunks -> Runtime API -> next."""

from __future__ import annotations

import os

from . import handlers
from .chunks import Chunks
from .connection import EarlyAnswer
from .errors import ErrorReport, RuntimeApiError
from .http_event import payload_version
from .log import log
from .response import BYTES, PRELUDE_TYPE, TEXT, StreamingResponse, prelude
from .runtime_api import early_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .handlers import Handler
    from .invocation import Invocation
    from .runtime_api import ResponseStream, RuntimeApi

# The handler asked for the process to end: it is told to the caller, and then done.
ENDS_THE_PROCESS = (SystemExit, KeyboardInterrupt)


def run(api: RuntimeApi, handler: Handler) -> None:
    """Serves invocations until the Runtime API fails (RuntimeApiError) or the handler exits."""
    while True:
        serve(api, handler, api.next())


def serve(api: RuntimeApi, handler: Handler, invocation: Invocation) -> None:
    """One invocation, from its event to the acknowledgement of its response."""
    if invocation.trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = invocation.trace_id  # where the X-Ray SDK looks
    try:
        event = invocation.event()
        version = payload_version(event)
        result = handler(event, invocation.context)
        response = handlers.streamed(result, version)
        payload = handlers.document(result) if response is None else b""
    except BaseException as error:
        _report(api, invocation, error)
        return
    if response is None:
        api.respond(invocation, payload)
    else:
        stream(api, invocation, response, version)


def stream(
    api: RuntimeApi, invocation: Invocation, response: StreamingResponse, version: str | None
) -> None:
    """Sends the chunks as they come. Until the first one an error is still a real 5xx."""
    try:
        chunks = Chunks(response.content)
    except BaseException as error:
        _report(api, invocation, error)
        return
    try:
        try:
            first = next(chunks, b"")
            default_type = TEXT if chunks.text else BYTES
            opening = b"" if version is None else prelude(response, default_type, version)
        except BaseException as error:
            _report(api, invocation, error)
            return
        content_type = response.media_type or default_type if version is None else PRELUDE_TYPE
        _send(api.stream(invocation, content_type), opening + first, chunks)
    finally:
        _close(chunks)


def _send(out: ResponseStream, opening: bytes, chunks: Chunks) -> None:
    try:
        out.write(opening)
        try:
            for data in chunks:
                out.write(data)
        except (EarlyAnswer, RuntimeApiError):
            raise
        except BaseException as error:
            report = _logged(error)
            out.fail(report)
            if isinstance(error, ENDS_THE_PROCESS):
                raise
        else:
            out.finish()
    except EarlyAnswer as early:
        early_end(early)


def _report(api: RuntimeApi, invocation: Invocation, error: BaseException) -> None:
    """Tells an error before the first byte; called where `error` is being handled."""
    api.error(invocation, _logged(error))
    if isinstance(error, ENDS_THE_PROCESS):
        raise error


def _logged(error: BaseException) -> ErrorReport:
    report = ErrorReport.of(error)
    log(report.log_text())
    return report


def _close(chunks: Chunks) -> None:
    # The response is over: an error of a `finally` block can only be logged.
    try:
        chunks.close()
    except BaseException as error:
        _logged(error)
        if isinstance(error, ENDS_THE_PROCESS):
            raise
