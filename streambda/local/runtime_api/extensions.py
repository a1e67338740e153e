"""Extensions within the function's process: threads of its own that take part in its invocations.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html. They hear of each
invocation, and it is over only when they too ask for the next. Extensions that are programs of
their own, in /opt/extensions, are not started here. Names of errors are those of AWS's emulator.
"""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

from streambda.local.invocation.stream import InvocationStream
from streambda.local.runtime_api.errors import RuntimeApiError

MOST_EXTENSIONS = 10
INVOKE = "INVOKE"


class Extension:
    def __init__(self, name: str, is_invoked: bool) -> None:
        self.name = name
        self.is_invoked = is_invoked  # whether it hears of invocations
        self.is_waiting = False
        self.invocations: asyncio.Queue[InvocationStream] = asyncio.Queue()


class Extensions:
    """`settled` is called when one of them has begun to wait for the next invocation."""

    def __init__(self, settled: Callable[[], None]) -> None:
        self._settled = settled
        self._found: dict[str, Extension] = {}
        self._is_open = True

    @property
    def all_wait(self) -> bool:
        return all(one.is_waiting for one in self._found.values())

    def close_registration(self) -> None:
        """The init phase of the runtime is over."""
        self._is_open = False

    def register(self, name: str, body: bytes) -> str:
        """The identifier of a new one. Raises `RuntimeApiError`."""
        if not name:
            raise refusal("Extension.InvalidExtensionName", "Empty extension name")
        events = read_events(body)
        if unknown := [event for event in events if event != INVOKE]:
            what = f"{unknown[0]}: an extension within the function's process hears of INVOKE only"
            raise refusal("Extension.InvalidEventType", what)
        if not self._is_open:
            message = "Extension registration closed already"
            raise refusal("Extension.RegistrationClosed", message)
        if any(one.name == name for one in self._found.values()):
            message = "Extension with this name already registered"
            raise refusal("Extension.InvalidExtensionState", message)
        if len(self._found) >= MOST_EXTENSIONS:
            message = f"Extension limit ({MOST_EXTENSIONS}) reached"
            raise refusal("Extension.TooManyExtensions", message)
        identifier = str(uuid.uuid4())
        self._found[identifier] = Extension(name, INVOKE in events)
        return identifier

    async def wait_for_invocation(self, identifier: str | None) -> InvocationStream:
        """The next that it hears of. Raises `RuntimeApiError`."""
        if not identifier:
            message = "Missing Lambda-Extension-Identifier header"
            raise refusal("Extension.MissingExtensionIdentifier", message)
        if (extension := self._found.get(identifier)) is None:
            message = f"Unknown extension {identifier}"
            raise refusal("Extension.UnknownExtensionIdentifier", message)
        extension.is_waiting = True
        self._settled()
        return await extension.invocations.get()

    def hand_out(self, stream: InvocationStream) -> None:
        for extension in self._found.values():
            if extension.is_invoked:
                extension.is_waiting = False
                extension.invocations.put_nowait(stream)


def read_events(body: bytes) -> list[str]:
    try:
        events: Any = json.loads(body).get("events") or []
    except (ValueError, AttributeError) as error:
        raise refusal("InvalidRequestFormat", f"not a JSON object: {error}") from error
    if not isinstance(events, list):
        raise refusal("InvalidRequestFormat", "events is not a list")
    return [str(event) for event in events]


def invoke_event(stream: InvocationStream) -> dict[str, Any]:
    request = stream.request
    return {
        "eventType": INVOKE,
        "deadlineMs": stream.deadline_ms,
        "requestId": request.request_id,
        "invokedFunctionArn": request.function_arn,
        "tracing": {"type": "X-Amzn-Trace-Id", "value": request.trace_id},
    }


def refusal(error_type: str, message: str) -> RuntimeApiError:
    return RuntimeApiError(403, error_type, message)
