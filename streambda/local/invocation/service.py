"""What the endpoints know of Lambda: find a function, start an invocation."""

from collections.abc import Callable
from typing import Protocol, Self

from streambda.local.invocation.stream import (
    InvocationRequest,
    InvocationStream,
    ResponseDistortion,
    StreamObserver,
    observe_response,
)
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import LocalFunction

Log = Callable[[str, str], None]

# Gets a function, the kind of endpoint that invokes it, and what the endpoint asks.
NewObserver = Callable[[LocalFunction, str, InvocationRequest], StreamObserver]


class TooManyRequests(Exception):
    """Every execution environment that the function may have is busy.

    Args: `reason` is what Lambda's API gives as the error's Reason.
    """

    def __init__(self, message: str, reason: str = "ConcurrentInvocationLimitExceeded") -> None:
        super().__init__(message)
        self.reason = reason


class Pool(Protocol):
    """The execution environments of one function."""

    def invoke(
        self, request: InvocationRequest, prepare: Callable[[InvocationStream], None]
    ) -> InvocationStream:
        """Calls `prepare` before the invocation starts. Raises `TooManyRequests`."""


class Pools(Protocol):
    """All functions, and the pool of each."""

    @property
    def names(self) -> FunctionNames: ...

    def of(self, function: LocalFunction) -> Pool: ...


class LambdaService:
    """Args: `endpoint` is the kind of endpoint that invokes; none for a call from a program."""

    def __init__(
        self,
        pools: Pools,
        log: Log,
        new_observer: NewObserver | None = None,
        endpoint: str = "",
    ) -> None:
        self._pools = pools
        self.log = log
        self._new_observer = new_observer
        self._endpoint = endpoint

    @property
    def names(self) -> FunctionNames:
        """The names of all functions at this moment."""
        return self._pools.names

    def for_endpoint(self, kind: str) -> Self:
        """The same service for one kind of endpoint, so that an observer knows who invoked."""
        return type(self)(self._pools, self.log, self._new_observer, kind)

    def invoke(
        self,
        function: LocalFunction,
        request: InvocationRequest,
        distortion: ResponseDistortion | None = None,
    ) -> InvocationStream:
        """Raises `TooManyRequests`."""

        def prepare(stream: InvocationStream) -> None:
            stream.distortion = distortion
            if self._new_observer:
                stream.observer = self._new_observer(function, self._endpoint, request)
                observe_response.set(stream.observer.observe_response)

        return self._pools.of(function).invoke(request, prepare)
