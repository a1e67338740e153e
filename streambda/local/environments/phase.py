"""What a pool and its environments know of each other."""

from enum import Enum, auto
from typing import Protocol

from streambda.local.invocation.stream import InvocationStream


class Phase(Enum):
    BUSY = auto()  # starts, or has an invocation
    IDLE = auto()
    ENDING = auto()  # takes no invocation any more


class Environment(Protocol):
    """An `ExecutionEnvironment`, as far as a pool knows it."""

    phase: Phase

    @property
    def settling(self) -> bool: ...
    @property
    def why(self) -> str | None: ...
    def take(self, stream: InvocationStream) -> None: ...
    def retire(self) -> None: ...
    def close(self) -> None: ...


class Events(Protocol):
    """What an environment tells its pool; once gone it is told no more."""

    def idle(self, environment: Environment) -> None: ...
    def gone(self, environment: Environment) -> None: ...
