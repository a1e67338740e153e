"""One invocation and its answer: how it opens, and how a failure before the first byte is told."""

from __future__ import annotations

from .errors import ErrorReport
from .logs import log_error
from .response import BYTES, PRELUDE_TYPE, TEXT, field_value, prelude

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .http11 import Data
    from .http_event import HttpEvent
    from .invocation import Invocation
    from .platform.metrics import Meter
    from .response import HttpMetadata
    from .runtime_api import ResponseStream, RuntimeApi

# The handler asked for the process to end: it is told to the caller, and then obeyed.
ENDS_THE_PROCESS = (SystemExit, KeyboardInterrupt)


class Exchange:
    """What the parts of the path share about the invocation that they serve."""

    __slots__ = ("api", "ended", "http_event", "invocation", "meter")

    def __init__(self, api: RuntimeApi, invocation: Invocation) -> None:
        self.api = api
        self.invocation = invocation
        self.meter: Meter | None = None
        self.ended = "complete"  # or "error", "deadline", "refused": how, for the metrics
        self.http_event: HttpEvent | None = None  # none so far, or none at all: a direct invoke

    def takes_a_body(self, metadata: HttpMetadata) -> bool:
        """False where HTTP has no body: 204, 205, 304, and the answer to HEAD."""
        return self.http_event is None or self.http_event.takes_a_body(metadata.status_code)

    def opened(
        self, metadata: HttpMetadata, first: Data | list[Data], *, text: bool
    ) -> tuple[ResponseStream, list[Data]]:
        """The response, and what to put into it first: the prelude, if any, and the first chunk.

        Raises RuntimeFault when the metadata cannot be sent; nothing has been sent then.
        """
        default_type = TEXT if text else BYTES
        opening: list[Data] = list(first) if isinstance(first, list) else [first] if first else []
        if self.http_event is None:
            content_type = field_value("content-type", metadata.media_type or default_type)
            return self._stream(content_type), opening
        before = prelude(metadata, default_type, self.http_event.version)
        return self._stream(PRELUDE_TYPE), [before, *opening]

    def respond(self, payload: bytes) -> None:
        """Sends a whole response, not streamed."""
        if not self.api.respond(self.invocation, payload):
            self.ended = "refused"
        elif self.meter is not None:
            self.meter.sent(len(payload))

    def _stream(self, content_type: str) -> ResponseStream:
        stream = self.api.stream(self.invocation, content_type)
        stream.meter = self.meter
        return stream

    async def end(self, out: ResponseStream) -> bool:
        """Ends a complete response; whether it was accepted."""
        accepted = await out.end()
        if not accepted:
            self.ended = "refused"
        return accepted

    def fail(self, error: BaseException) -> None:
        """Reports an error before the first byte; called where it is being handled."""
        self.ended = "error"
        self.api.error(self.invocation, logged(error))
        obey(error)


def logged(error: BaseException) -> ErrorReport:
    """The report of an error, once it is in the log."""
    report = ErrorReport.of(error)
    log_error(report)
    return report


def obey(error: BaseException) -> None:
    """Raises again what is to end the process."""
    if isinstance(error, ENDS_THE_PROCESS):
        raise error
