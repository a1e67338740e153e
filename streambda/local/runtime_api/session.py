"""What one execution environment is busy with: at most one invocation.

`runtime_api` calls it for the process on one side; on the other `environments` waits for what the
process does.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from enum import Enum, auto
from types import MappingProxyType

from streambda.local.invocation.failures import Failure, change_details
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationStream
from streambda.local.runtime_api.errors import RuntimeApiError
from streambda.local.runtime_api.extensions import Extensions
from streambda.local.runtime_api.telemetry import Telemetry

NO_DESCRIPTION: Mapping[str, str] = MappingProxyType({})


class RuntimeEvent(Enum):
    """What the runtime in the process has done."""

    RUNTIME_DONE = auto()  # it has done with an invocation, and an extension has not yet
    READY = auto()  # it and its extensions ask for an invocation: the one before is over
    INIT_FAILED = auto()
    EXITED = auto()
    EXTENSION_FAILED = auto()  # `extensions.failure` says why


class WaitingRuntime:
    """A runtime that has asked for its next invocation. `answer` sends it one."""

    def __init__(self, answer: Callable[[InvocationStream], None]) -> None:
        self._answer = answer
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def give(self, stream: InvocationStream) -> None:
        """Who waits for `answered` gets the error, if there is one: it is of that connection."""
        if self.answered.done():  # the connection is about to be closed
            return
        try:
            self._answer(stream)
        except Exception as error:
            self.answered.set_exception(error)
        else:
            self.answered.set_result(None)


class RuntimeSession:
    """`description` is what extensions get about the function."""

    def __init__(self, description: Mapping[str, str] = NO_DESCRIPTION) -> None:
        self.description = description
        self.extensions = Extensions(self._tell_if_ready, self._tell_of_failure)
        self.telemetry = Telemetry()
        self.show_paths: Callable[[str], str] = str  # in reports of errors: as on Lambda
        self.current: InvocationStream | None = None
        self.init_failure: Failure | None = None
        self._events: asyncio.Queue[RuntimeEvent] = asyncio.Queue()
        self._waiting: WaitingRuntime | None = None
        # Of the two that end an invocation, the last. The init phase ends for all at once.
        self._told: RuntimeEvent | None = RuntimeEvent.RUNTIME_DONE
        self.asked_s = 0.0  # when the runtime last asked for an invocation, by the monotonic clock
        self._exited = False

    # For the environment.

    async def next_event(self) -> RuntimeEvent:
        return await self._events.get()

    def hand_out(self, stream: InvocationStream, deadline_ms: int) -> None:
        """Gives the waiting runtime its next invocation, before this returns."""
        stream.hand_out(deadline_ms)
        stream.show_paths = self.show_paths
        self.current = stream
        self._told = None
        self.extensions.hand_out(stream)
        if self._waiting:
            self._waiting.give(stream)

    def list_late_extensions(self) -> list[str]:
        """The names of those that alone keep it from being ready."""
        return self.extensions.list_busy() if self._waiting else []

    def process_exited(self) -> None:
        self._exited = True
        self._events.put_nowait(RuntimeEvent.EXITED)

    # For the Runtime API.

    async def wait_for_invocation(self, answer: Callable[[InvocationStream], None]) -> None:
        """Calls `answer` with the next invocation. Raises `RuntimeApiError`, and what it raises."""
        if self._exited or self._waiting or (self.current and not self.current.lifecycle.ended):
            raise invalid_transition("the invocation before this one has not been answered")
        self.current = None
        self.asked_s = time.monotonic()
        self._waiting = waiting = WaitingRuntime(answer)
        self.extensions.close_registration()
        self._tell_if_ready()
        try:
            await waiting.answered
        finally:
            self._waiting = None

    def _tell_if_ready(self) -> None:
        """An invocation is over when the runtime and all extensions wait for the next."""
        if not self._waiting or self.current or self._told is RuntimeEvent.READY:
            return
        if self.extensions.all_wait:
            self._tell(RuntimeEvent.READY)
        elif self._told is None and self.telemetry.is_wanted:
            self._tell(RuntimeEvent.RUNTIME_DONE)

    def _tell(self, event: RuntimeEvent) -> None:
        self._told = event
        self._events.put_nowait(event)

    def _tell_of_failure(self) -> None:
        self._events.put_nowait(RuntimeEvent.EXTENSION_FAILED)

    def find(self, request_id: str, invocation_id: str | None) -> InvocationStream:
        """The current invocation, if the runtime means that one. Raises `RuntimeApiError`."""
        stream = self.current
        if stream is None or stream.request.request_id != request_id:
            message = f"no invocation {request_id!r} is in progress here"
            raise RuntimeApiError(400, "InvalidRequestID", message)
        # A runtime that does not know the nonce sends none; then there is nothing to compare.
        stale = invocation_id not in {None, stream.request.invocation_id}
        if stale or stream.lifecycle.state is State.TIMED_OUT:
            raise timed_out()
        return stream

    def begin_restore(self) -> None:
        """SnapStart would take a snapshot here and restore it later: here the process goes on."""
        self._check_init()

    def fail_init(self, failure: Failure) -> None:
        self._check_init()
        self.init_failure = change_details(failure, self.show_paths)
        self._events.put_nowait(RuntimeEvent.INIT_FAILED)

    def _check_init(self) -> None:
        if self.current or self._waiting or self.init_failure:
            raise invalid_transition("the init phase is over")


def invalid_transition(message: str) -> RuntimeApiError:
    return RuntimeApiError(403, "InvalidStateTransition", message)


def timed_out() -> RuntimeApiError:
    return RuntimeApiError(410, "InvokeTimeout", "the invocation timed out before this answer")
