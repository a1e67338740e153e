"""The states of one invocation, and every legal step between them. No I/O.

`stream.py` takes the steps; `runtime_api` and `environments` cause them.
"""

from enum import Enum, auto
from types import MappingProxyType


class State(Enum):
    QUEUED = auto()
    SENT = auto()
    STREAMING = auto()
    COMPLETED = auto()
    FAILED = auto()
    TIMED_OUT = auto()

    __hash__ = object.__hash__  # Enum's own is Python, and each step looks into a table


class Step(Enum):
    HAND_OUT = auto()  # the runtime got it, as the answer to GET …/next
    RESPOND = auto()  # POST …/response has begun
    COMPLETE = auto()  # its body ended properly
    REPORT = auto()  # POST …/error, allowed only before a response has begun
    FAIL = auto()  # an error in the trailers, a truncated body, or the process has ended
    TIME_OUT = auto()  # the deadline has passed

    __hash__ = object.__hash__


# Every legal step. To any other the Runtime API answers 403 InvalidStateTransition: a second
# response, an error after a response, a response to no invocation.
TRANSITIONS = MappingProxyType(
    {
        (State.QUEUED, Step.HAND_OUT): State.SENT,
        (State.QUEUED, Step.FAIL): State.FAILED,  # the environment did not start
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
    """The state of one invocation."""

    def __init__(self) -> None:
        self._state = State.QUEUED

    @property
    def state(self) -> State:
        return self._state

    @property
    def ended(self) -> bool:
        return self._state in ENDED

    def take(self, step: Step) -> None:
        """Changes the state, or raises `IllegalTransition` and leaves it."""
        try:
            self._state = TRANSITIONS[self._state, step]
        except KeyError:
            raise IllegalTransition(self._state, step) from None
