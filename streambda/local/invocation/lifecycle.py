"""The life of one invocation, and the values that travel with it. No I/O.

`invocation_stream` puts the bytes to it; `runtime_api` and `environments` move it forward.
"""

import uuid
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType


class State(Enum):
    QUEUED = auto()
    SENT = auto()
    STREAMING = auto()
    COMPLETED = auto()
    FAILED = auto()
    TIMED_OUT = auto()


class Step(Enum):
    HAND_OUT = auto()  # answered a GET …/next
    RESPOND = auto()  # POST …/response has begun
    COMPLETE = auto()  # its body ended properly
    REPORT = auto()  # POST …/error, allowed only before a response has begun
    FAIL = auto()  # an error trailer, a cut body, or the process is gone
    TIME_OUT = auto()  # the deadline came first


# Every legal move is here. What is missing is what the Runtime API answers with 403
# InvalidStateTransition: a second response, an error after a response, a response nobody asked for.
TRANSITIONS = MappingProxyType(
    {
        (State.QUEUED, Step.HAND_OUT): State.SENT,
        (State.QUEUED, Step.FAIL): State.FAILED,  # the environment never came up
        (State.QUEUED, Step.TIME_OUT): State.TIMED_OUT,  # or not in time
        (State.SENT, Step.RESPOND): State.STREAMING,
        (State.SENT, Step.REPORT): State.FAILED,
        (State.SENT, Step.FAIL): State.FAILED,
        (State.SENT, Step.TIME_OUT): State.TIMED_OUT,
        (State.STREAMING, Step.COMPLETE): State.COMPLETED,
        (State.STREAMING, Step.FAIL): State.FAILED,
        (State.STREAMING, Step.TIME_OUT): State.TIMED_OUT,
    }
)

ENDED = frozenset({State.COMPLETED, State.FAILED, State.TIMED_OUT})


class IllegalTransition(Exception):
    def __init__(self, state: State, step: Step) -> None:
        super().__init__(f"an invocation that is {state.name} cannot {step.name}")
        self.state = state
        self.step = step


class Lifecycle:
    """Where one invocation stands."""

    def __init__(self) -> None:
        self._state = State.QUEUED

    @property
    def state(self) -> State:
        return self._state

    @property
    def ended(self) -> bool:
        return self._state in ENDED

    def take(self, step: Step) -> None:
        """Moves on, or raises `IllegalTransition` and stays."""
        try:
            self._state = TRANSITIONS[self._state, step]
        except KeyError:
            raise IllegalTransition(self._state, step) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationRequest:
    """What an endpoint asks of a function."""

    request_id: str
    function_arn: str
    event: bytes
    trace_id: str
    client_context: str | None = None
    cognito_identity: str | None = None
    tenant_id: str | None = None
    # A nonce per attempt, which a runtime echoes with its answer.
    invocation_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHead:
    """What the runtime says before the first byte."""

    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an invocation failed, as InvokeComplete tells it: `code` and, mostly, a JSON document."""

    code: str
    details: str | None
