"""Extensions: threads within the function's process, and programs of their own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html. They hear of each
invocation, and it is over only when they too ask for the next. Programs, which lie in
/opt/extensions, also hear of the shutdown. `environments` starts them and says here which there
are. Names of errors are those of AWS's emulator.
"""

import asyncio
import json
import uuid
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Any

from streambda.local.invocation.stream import InvocationStream
from streambda.local.runtime_api.errors import RuntimeApiError

MOST_EXTENSIONS = 10
INVOKE = "INVOKE"
SHUTDOWN = "SHUTDOWN"


class ExtensionErrorType(StrEnum):
    """Why an environment ends because of an extension: the errorType of its invocation."""

    CRASH = "Extension.Crash"
    EXIT_ERROR = "Extension.ExitError"
    INIT_ERROR = "Extension.InitError"
    LAUNCH_ERROR = "Extension.LaunchError"


class ShutdownReason(StrEnum):
    SPINDOWN = "spindown"
    TIMEOUT = "timeout"
    FAILURE = "failure"


class ExtensionFailed(Exception):
    """An extension has ended, or said that it cannot go on: so ends its environment."""

    def __init__(self, error_type: ExtensionErrorType, reason: str) -> None:
        super().__init__(f"{error_type}: {reason}")
        self.error_type = error_type
        self.reason = reason


class Extension:
    def __init__(self, name: str, events: Collection[str]) -> None:
        self.name = name
        self.events = tuple(events)
        self.is_waiting = False
        self.has_begun = False  # to wait for events
        self.has_failed = False
        self.turn = asyncio.Lock()
        self.inbox: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()


class Extensions:
    """Those of one environment.

    Args:
        settled: Called when one of them has begun to wait for the next event.
        failed: Called when one of them has failed, the first time only.
    """

    def __init__(self, settled: Callable[[], None], failed: Callable[[], None]) -> None:
        self._settled = settled
        self._failed = failed
        self._found: dict[str, Extension] = {}
        self._programs: frozenset[str] = frozenset()
        self._is_open = True
        self._decided = asyncio.Event()  # all programs have registered, or one has failed
        self._is_ending = False
        self.failure: ExtensionFailed | None = None

    # For the environment.

    @property
    def all_wait(self) -> bool:
        return not self.unregistered and all(one.is_waiting for one in self._found.values())

    @property
    def unregistered(self) -> frozenset[str]:
        """Programs that have not registered yet."""
        return self._programs - {one.name for one in self._found.values()}

    @property
    def found(self) -> tuple[Extension, ...]:
        return tuple(self._found.values())

    @property
    def internal(self) -> frozenset[str]:
        """Names that have registered, without those of programs."""
        return frozenset(one.name for one in self._found.values()) - self._programs

    def list_busy(self) -> list[str]:
        """Those that have registered and do not wait for an event."""
        return sorted(one.name for one in self._found.values() if not one.is_waiting)

    def expect(self, programs: Collection[str]) -> None:
        """Before they are started."""
        self._programs = frozenset(programs)

    async def wait_for_programs(self) -> None:
        """Returns when all have registered. Raises `ExtensionFailed`."""
        self._decide()
        await self._decided.wait()
        if self.failure:
            raise self.failure

    def close_registration(self) -> None:
        """The init phase of the runtime is over."""
        self._is_open = False

    def hand_out(self, stream: InvocationStream) -> None:
        self._send(INVOKE, invoke_event(stream))

    def shut_down(self, reason: ShutdownReason, deadline_ms: int) -> frozenset[str]:
        """Tells those who want to hear of it. Returns the names of these programs."""
        self._is_ending = True
        document = {
            "eventType": SHUTDOWN,
            "shutdownReason": reason,
            "deadlineMs": deadline_ms,
        }
        return self._programs & self._send(SHUTDOWN, document)

    def exited(self, name: str, status: int) -> None:
        """A program has ended; `status` is negative for a signal."""
        if not self._is_ending:
            self._fail(ExtensionErrorType.CRASH, f"{name}: {describe_status(status)}")

    # For the Runtime API.

    def register(self, name: str, body: bytes) -> str:
        """The identifier of a new one. Raises `RuntimeApiError`."""
        if not name:
            raise refusal("Extension.InvalidExtensionName", "Empty extension name")
        events = read_events(body)
        known = {INVOKE, SHUTDOWN} if name in self._programs else {INVOKE}
        if unknown := [event for event in events if event not in known]:
            what = f"{unknown[0]}: {describe_known(name, known)}"
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
        self._found[identifier] = Extension(name, events)
        self._decide()
        return identifier

    async def wait_for_event(self, identifier: str | None) -> Mapping[str, Any]:
        """The next that it hears of. Raises `RuntimeApiError`."""
        extension = self.find(identifier)
        # Who asks twice gets two events, as from AWS's emulator: the second request does not count
        # until the first is answered.
        async with extension.turn:
            if extension.has_failed:
                raise refuse_transition(extension.name, "it has reported an error")
            extension.is_waiting = True
            self._settled()
            extension.has_begun = True
            return await extension.inbox.get()

    def report_error(
        self, identifier: str | None, error_type: str | None, kind: ExtensionErrorType
    ) -> None:
        """It says that it cannot go on. Raises `RuntimeApiError`."""
        extension = self.find(identifier)
        if not error_type:
            message = "Lambda-Extension-Function-Error-Type not found"
            raise refusal("Extension.MissingHeader", message)
        if kind is ExtensionErrorType.INIT_ERROR and extension.has_begun:
            raise refuse_transition(extension.name, "its init phase is over")
        extension.has_failed = True
        self._fail(kind, f"{extension.name}: {error_type}")

    def find(self, identifier: str | None) -> Extension:
        """Raises `RuntimeApiError`."""
        if not identifier:
            message = "Missing Lambda-Extension-Identifier header"
            raise refusal("Extension.MissingExtensionIdentifier", message)
        if not is_uuid(identifier):
            message = "Invalid Lambda-Extension-Identifier"
            raise refusal("Extension.InvalidExtensionIdentifier", message)
        if (extension := self._found.get(identifier)) is None:
            message = f"Unknown extension {identifier}"
            raise refusal("Extension.UnknownExtensionIdentifier", message)
        return extension

    def _send(self, event: str, document: Mapping[str, Any]) -> frozenset[str]:
        told = [one for one in self._found.values() if event in one.events]
        for extension in told:
            extension.is_waiting = False
            extension.inbox.put_nowait(document)
        return frozenset(one.name for one in told)

    def _fail(self, error_type: ExtensionErrorType, reason: str) -> None:
        if self.failure is None:
            self.failure = ExtensionFailed(error_type, reason)
            self._decided.set()
            self._failed()

    def _decide(self) -> None:
        if not self.unregistered:
            self._decided.set()


def describe_known(name: str, known: Collection[str]) -> str:
    if SHUTDOWN in known:
        return f"{name} can hear of {INVOKE} and {SHUTDOWN}"
    return f"an extension within the function's process hears of {INVOKE} only"


def describe_status(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit code {status}"


def read_events(body: bytes) -> list[str]:
    try:
        request: Any = json.loads(body)
    except (RecursionError, ValueError) as error:
        raise refusal("InvalidRequestFormat", f"the body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise refusal("InvalidRequestFormat", "the body is not a JSON object")
    if request.get("configurationKeys"):
        message = "configurationKeys are deprecated; use environment variables instead"
        raise refusal("InvalidRequestFormat", message)
    events = request.get("events") or []
    if not isinstance(events, list):
        raise refusal("InvalidRequestFormat", f"events is {events!r}, expected a list")
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


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def refuse_transition(name: str, why: str) -> RuntimeApiError:
    return refusal("Extension.InvalidExtensionState", f"the extension {name}: {why}")


def refusal(error_type: str, message: str) -> RuntimeApiError:
    return RuntimeApiError(403, error_type, message)
