"""What the endpoints know of Lambda: find a function, start an invocation. No HTTP here."""

import copy
from collections.abc import Callable
from typing import Protocol, Self

from streambda.local.invocation.lifecycle import InvocationRequest
from streambda.local.invocation.stream import InvocationStream, StreamObserver
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import LocalFunction

Log = Callable[[str, str], None]

# Gets a function, the kind of endpoint that invokes it, and what the endpoint asks.
NewObserver = Callable[[LocalFunction, str, InvocationRequest], StreamObserver]


class TooManyRequests(Exception):
    """Every environment that the function may have is busy.

    Args: `reason` is what Lambda's API gives as the error's Reason.
    """

    def __init__(self, message: str, reason: str = "ConcurrentInvocationLimitExceeded") -> None:
        super().__init__(message)
        self.reason = reason


class Pool(Protocol):
    """The execution environments of one function."""

    def invoke(self, request: InvocationRequest) -> InvocationStream:
        """Raises `TooManyRequests`."""


class Pools(Protocol):
    """All functions that run, and the execution environments of each."""

    @property
    def names(self) -> FunctionNames: ...

    def of(self, function: LocalFunction) -> Pool: ...


class LambdaService:
    def __init__(self, pools: Pools, log: Log, new_observer: NewObserver | None = None) -> None:
        self._pools = pools
        self.log = log
        self._new_observer = new_observer
        self._endpoint = ""

    @property
    def names(self) -> FunctionNames:
        """Of the functions that there are at the moment."""
        return self._pools.names

    def through(self, endpoint: str) -> Self:
        """The service as one kind of endpoint has it, so that an observer knows who invoked."""
        seen = copy.copy(self)
        seen._endpoint = endpoint
        return seen

    def invoke(self, function: LocalFunction, request: InvocationRequest) -> InvocationStream:
        """Raises `TooManyRequests`."""
        stream = self._pools.of(function).invoke(request)
        if self._new_observer:
            # In time: the environment takes the invocation in a task of its own, after this.
            stream.observer = self._new_observer(function, self._endpoint, request)
        return stream
