"""What a handler that serves a web app has, whichever interface the app is written for."""

from __future__ import annotations

from ..errors import ERROR_STATUS, INVALID_EVENT, RuntimeFault
from ..http_event import FUNCTION_URL, read_http_event
from ..json_codec import dumps
from ..response import check_metadata
from .http_request import HttpRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..exchange import Exchange
    from ..handlers import Handler
    from ..invocation import Context
    from ..replies import Reply
    from ..response import HttpMetadata


class WebAppHandler:
    """A handler that serves an application; the options are those of `asgi` and of `wsgi`."""

    wrapper = ""  # the function that makes it, for a message

    def __init__(
        self,
        app: Any,
        *,
        name: str = "",
        base_path: str = "",
        error_statuses: Iterable[int] = (),
        events: Handler | str | None = None,
    ) -> None:
        if isinstance(events, str) and not events.startswith("/"):
            message = f"events is {events!r}, expected a handler or a path such as '/events'"
            raise ValueError(message)
        self.app = app
        self.name = name or f"{type(app).__module__}.{type(app).__qualname__}"
        self._base_path = base_path
        self._error_statuses = frozenset(error_statuses)
        self._events = events

    def __call__(self, event: Any, context: Context) -> Any:
        """The reply to an HTTP event; what is not one goes to `events`.

        Raises RuntimeFault `Runtime.InvalidEvent` where there is no such handler.
        """
        http_event = read_http_event(event)
        if http_event is not None:
            request = HttpRequest(event, http_event.version, self._base_path)
            return self.make_reply(request, event, context)
        if isinstance(self._events, str):
            request = HttpRequest(_make_post(self._events, event), FUNCTION_URL)
            return self.make_reply(request, event, context)
        if self._events is not None:
            return self._events(event, context)
        message = (
            f"{self.name} is a web app, and the event is not an HTTP request of a Function URL or a"
            f" REST API; give a handler for it: {self.wrapper}(app, events=...)"
        )
        raise RuntimeFault(INVALID_EVENT, message)

    def make_reply(self, request: HttpRequest, event: Any, context: Context) -> Reply:
        """What the app answers to a request, which is still to be made."""
        raise NotImplementedError

    def check_metadata(self, metadata: HttpMetadata) -> None:
        """Raises RuntimeFault, with the name of the app, for what HTTP cannot carry."""
        try:
            check_metadata(metadata)
        except RuntimeFault as fault:
            raise RuntimeFault(fault.error_type, f"{self.name}: {fault}") from None

    def is_error(self, status: int, exchange: Exchange) -> bool:
        """Whether a response with this status counts as a failed invocation.

        Who sends an event that is not HTTP request sees no status: from 400 on it has failed.
        """
        if exchange.http_event is None and status >= 400:
            return True
        return status in self._error_statuses

    def make_status_fault(self, status: int) -> RuntimeFault:
        """What a response whose status counts as a failed invocation is reported as."""
        message = f"{self.name} answered {status}, which counts as a failed invocation"
        return RuntimeFault(ERROR_STATUS, message)


def _make_post(path: str, event: Any) -> dict[str, Any]:
    """A request that posts an event to the app, as an event of payload 2.0."""
    return {
        "rawPath": path,
        "requestContext": {
            "http": {"method": "POST", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}
        },
        "headers": {"content-type": "application/json", "host": "localhost"},
        "body": dumps(event).decode("utf-8"),
    }
