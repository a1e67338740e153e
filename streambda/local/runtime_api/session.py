"""What one execution environment is busy with: at most one invocation.

`runtime_api` speaks for the process on one side, `environments` waits for its news on the other.
"""

import asyncio
from enum import Enum, auto

from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationStream


class Turn(Enum):
    READY = auto()  # the runtime asks for an invocation: the one before is over
    INIT_FAILED = auto()
    EXITED = auto()


class Refused(Exception):
    """The runtime asked for something that is not its to ask."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type


class RuntimeSession:
    def __init__(self) -> None:
        self.current: InvocationStream | None = None
        self.init_failure: Failure | None = None
        self._offers: asyncio.Queue[InvocationStream] = asyncio.Queue()
        self._turns: asyncio.Queue[Turn] = asyncio.Queue()
        self._asking = False
        self._exited = False

    # For the environment.

    async def turn(self) -> Turn:
        return await self._turns.get()

    def offer(self, stream: InvocationStream, deadline_ms: int) -> None:
        """Gives the waiting runtime its next invocation."""
        stream.hand_out(deadline_ms)
        self.current = stream
        self._offers.put_nowait(stream)

    def process_exited(self) -> None:
        self._exited = True
        self._turns.put_nowait(Turn.EXITED)

    # For the Runtime API.

    async def next(self) -> InvocationStream:
        if self._exited or self._asking or (self.current and not self.current.lifecycle.ended):
            raise invalid_transition("the invocation before this one has not been answered")
        self.current = None
        self._asking = True
        self._turns.put_nowait(Turn.READY)
        try:
            return await self._offers.get()
        finally:
            self._asking = False

    def find(self, request_id: str, invocation_id: str | None) -> InvocationStream:
        """The current invocation, if that is the one the runtime means."""
        stream = self.current
        if stream is None or stream.request.request_id != request_id:
            message = f"no invocation {request_id!r} is in progress here"
            raise Refused(400, "InvalidRequestID", message)
        # A runtime that does not know the nonce sends none, and is not checked.
        stale = invocation_id not in {None, stream.request.invocation_id}
        if stale or stream.lifecycle.state is State.TIMED_OUT:
            raise timed_out()
        return stream

    def restore(self) -> None:
        """Where SnapStart would take a snapshot and restore it, later: here the process goes on."""
        self._check_init()

    def init_failed(self, failure: Failure) -> None:
        self._check_init()
        self.init_failure = failure
        self._turns.put_nowait(Turn.INIT_FAILED)

    def _check_init(self) -> None:
        if self.current or self._asking or self.init_failure:
            raise invalid_transition("the init phase is over")


def invalid_transition(message: str) -> Refused:
    return Refused(403, "InvalidStateTransition", message)


def timed_out() -> Refused:
    return Refused(410, "InvokeTimeout", "the invocation timed out before this answer")
