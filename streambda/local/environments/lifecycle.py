"""The life of one execution environment, as a table of its states. No I/O.

`execution_environment` and its pool move it forward. The life of an invocation is another one: see
`invocation/lifecycle.py`.
"""

from enum import Enum, auto
from types import MappingProxyType


class EnvironmentState(Enum):
    STARTING = auto()  # the cold start, with or without an invocation that waits for it
    IDLE = auto()  # the process waits for an invocation
    BUSY = auto()  # it has one
    RETIRING = auto()  # ends after the cold start or the invocation in progress
    ENDING = auto()  # takes no invocation any more; the process is gone or about to be

    __hash__ = object.__hash__  # Enum's own is Python, and each step looks into a table


class EnvironmentStep(Enum):
    TAKE = auto()  # the pool gives it an invocation
    BEGIN = auto()  # the cold start is over, and an invocation waits
    WAIT = auto()  # the runtime asks for an invocation, and there is none
    RETIRE = auto()  # the pool needs it no more
    END = auto()  # the process ended, or has to

    __hash__ = object.__hash__


# Every legal move is here. A pool may retire what ends at the same moment, and an environment may
# find more than one reason to end: both change nothing then.
TRANSITIONS = MappingProxyType(
    {
        (EnvironmentState.STARTING, EnvironmentStep.TAKE): EnvironmentState.STARTING,
        (EnvironmentState.STARTING, EnvironmentStep.BEGIN): EnvironmentState.BUSY,
        (EnvironmentState.STARTING, EnvironmentStep.WAIT): EnvironmentState.IDLE,
        (EnvironmentState.STARTING, EnvironmentStep.RETIRE): EnvironmentState.RETIRING,
        (EnvironmentState.STARTING, EnvironmentStep.END): EnvironmentState.ENDING,
        (EnvironmentState.IDLE, EnvironmentStep.TAKE): EnvironmentState.BUSY,
        (EnvironmentState.IDLE, EnvironmentStep.RETIRE): EnvironmentState.ENDING,
        (EnvironmentState.IDLE, EnvironmentStep.END): EnvironmentState.ENDING,
        (EnvironmentState.BUSY, EnvironmentStep.WAIT): EnvironmentState.IDLE,
        (EnvironmentState.BUSY, EnvironmentStep.RETIRE): EnvironmentState.RETIRING,
        (EnvironmentState.BUSY, EnvironmentStep.END): EnvironmentState.ENDING,
        (EnvironmentState.RETIRING, EnvironmentStep.BEGIN): EnvironmentState.RETIRING,
        (EnvironmentState.RETIRING, EnvironmentStep.WAIT): EnvironmentState.ENDING,
        (EnvironmentState.RETIRING, EnvironmentStep.RETIRE): EnvironmentState.RETIRING,
        (EnvironmentState.RETIRING, EnvironmentStep.END): EnvironmentState.ENDING,
        (EnvironmentState.ENDING, EnvironmentStep.RETIRE): EnvironmentState.ENDING,
        (EnvironmentState.ENDING, EnvironmentStep.END): EnvironmentState.ENDING,
    }
)


class IllegalStep(Exception):
    """The pool, or the environment itself, has done what its state does not allow."""

    def __init__(self, state: EnvironmentState, step: EnvironmentStep) -> None:
        super().__init__(f"an execution environment that is {state.name} cannot {step.name}")
        self.state = state
        self.step = step


class EnvironmentLifecycle:
    """The state of one execution environment."""

    def __init__(self) -> None:
        self._state = EnvironmentState.STARTING

    @property
    def state(self) -> EnvironmentState:
        return self._state

    def take(self, step: EnvironmentStep) -> None:
        """Moves on, or raises `IllegalStep` and stays."""
        try:
            self._state = TRANSITIONS[self._state, step]
        except KeyError:
            raise IllegalStep(self._state, step) from None
