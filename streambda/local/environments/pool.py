"""All execution environments of one function.

As on Lambda: an idle environment is used again, a cold start happens on demand, and one that timed
out, crashed or never came up is replaced with the next invocation.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from streambda.local.environments.lifecycle import EnvironmentState
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.invocation import failures
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationRequest, InvocationStream
from streambda.local.model.functions import LocalFunction


class Environment(Protocol):
    """An `ExecutionEnvironment`, as far as a pool knows it."""

    @property
    def state(self) -> EnvironmentState: ...
    @property
    def soon_idle(self) -> bool: ...
    @property
    def has_started(self) -> bool: ...
    @property
    def failure_reason(self) -> str | None: ...
    def take(self, stream: InvocationStream) -> None: ...
    def retire(self) -> None: ...
    def close(self) -> None: ...


class EnvironmentListener(Protocol):
    """Whom an environment tells of its state; nothing follows after `gone`."""

    def idle(self, environment: Environment) -> None: ...
    def gone(self, environment: Environment) -> None: ...


class Timer(Protocol):
    def cancel(self) -> None: ...


StartEnvironment = Callable[[LocalFunction, EnvironmentListener], Environment]
CallLater = Callable[[float, Callable[[], None]], Timer]


def no_change(stream: InvocationStream) -> None:
    """Leaves a stream as it is."""


class FunctionPool:
    """The environments of one function.

    Args:
        start: Begins a cold start.
        call_later: Calls something some seconds from now; the event loop's clock unless given.
    """

    def __init__(
        self,
        function: LocalFunction,
        start: StartEnvironment,
        options: EnvironmentOptions,
        call_later: CallLater | None = None,
    ) -> None:
        self.function = function
        self._start = start
        self._options = options
        self._call_later = call_later or asyncio.get_running_loop().call_later
        self._environments: dict[Environment, Timer | None] = {}
        self._waiting: deque[InvocationStream] = deque()
        self._closed = False
        self._starts = True  # as far as anybody knows
        self._debugged = options.debugs(function.name)
        # Started before there is an invocation, and not up yet.
        self._ahead: Environment | None = None

    @property
    def debugged(self) -> bool:
        """Whether its one environment waits for a debugger, as long as that takes."""
        return self._debugged

    @property
    def starts(self) -> bool:
        """False if the last cold start of this code has failed."""
        return self._starts

    @property
    def limit(self) -> int:
        if self._debugged:
            return 1
        reserved = self.function.reserved_concurrency
        return self._options.concurrency if reserved is None else reserved

    @property
    def alive(self) -> int:
        """How many environments there are, without those that are about to end."""
        return sum(one.state is not EnvironmentState.ENDING for one in self._environments)

    @property
    def needs_trial(self) -> bool:
        """Whether only a start shows if new code starts: nothing runs, and something may."""
        return not self.alive and self.limit > 0 and not self.debugged

    def invoke(
        self, request: InvocationRequest, prepare: Callable[[InvocationStream], None] = no_change
    ) -> InvocationStream:
        """Starts an invocation; raises `TooManyRequests`.

        Args: `prepare` gets the stream before anything happens to it.
        """
        if self._closed:
            raise TooManyRequests(f"{self.function.name}: the local cloud is shutting down")
        give = self._find_place(waits=request.waits)
        stream = InvocationStream(request)
        stream.untimed = self._debugged
        prepare(stream)
        give(stream)
        return stream

    def _find_place(self, *, waits: bool) -> Callable[[InvocationStream], None]:
        """What takes the next invocation. Raises `TooManyRequests`."""
        if environment := self._find_idle():
            return partial(self._give, environment)
        if len(self._waiting) < self._count_soon_idle():
            return self._let_wait
        if self.alive < self.limit:
            return lambda stream: self._start_environment().take(stream)
        # Nobody is told that there are too many because somebody looks at one.
        if self._debugged or (waits and self.limit > 0):
            return self._waiting.append
        raise self._too_many()

    def _let_wait(self, stream: InvocationStream) -> None:
        self._waiting.append(stream)
        self._call_later(self._options.settle_s, self._start_for_waiting)

    def replace(self, function: LocalFunction, warm: Environment | None = None) -> None:
        """From the next invocation on it is `function`; what is in progress ends as it began.

        Args: `warm` is an environment of it that has come up already, see `Replacement`.
        """
        self.function = function
        self._starts = True
        for environment in list(self._environments):
            self._stop_timer(environment)
            # One that waits for a debugger with nothing to do would wait with the old code.
            (environment.close if environment is self._ahead else environment.retire)()
        if warm and warm.state is EnvironmentState.IDLE:
            self._environments[warm] = None
            self.idle(warm)
        self._start_for_waiting()
        if self._debugged and not self._waiting:
            self.start_ahead()

    def start_ahead(self) -> None:
        """A cold start without an invocation, so that a debugger can be attached."""
        self._ahead = self._start_environment()

    def close(self) -> None:
        """Ends every environment; their tasks end soon after."""
        self._closed = True
        while self._waiting:
            stream = self._waiting.popleft()
            stream.fail(failures.shutdown(stream.request.request_id))
            stream.released.set()
        for environment in list(self._environments):
            self._stop_timer(environment)
            environment.close()

    # As the listener of its environments.

    def idle(self, environment: Environment) -> None:
        self._starts = True
        self._forget_ahead(environment)
        if self._waiting:
            self._give(environment, self._waiting.popleft())
        elif self._options.idle_s is not None:
            timer = self._call_later(self._options.idle_s, environment.retire)
            self._environments[environment] = timer

    def gone(self, environment: Environment) -> None:
        self._forget_ahead(environment)
        self._stop_timer(environment)
        self._environments.pop(environment, None)
        if environment.failure_reason and not environment.has_started:
            self._starts = False
        self._start_for_waiting()

    def _forget_ahead(self, environment: Environment) -> None:
        if environment is self._ahead:
            self._ahead = None

    def _find_idle(self) -> Environment | None:
        idle = (one for one in self._environments if one.state is EnvironmentState.IDLE)
        return next(idle, None)

    def _count_soon_idle(self) -> int:
        return sum(one.soon_idle for one in self._environments)

    def _give(self, environment: Environment, stream: InvocationStream) -> None:
        self._stop_timer(environment)
        environment.take(stream)

    def _start_for_waiting(self) -> None:
        while self._waiting and self.alive < self.limit:
            self._start_environment().take(self._waiting.popleft())

    def _start_environment(self) -> Environment:
        environment = self._start(self.function, self)
        self._environments[environment] = None
        return environment

    def _stop_timer(self, environment: Environment) -> None:
        if timer := self._environments.get(environment):
            timer.cancel()
            self._environments[environment] = None

    def _too_many(self) -> TooManyRequests:
        message = f"{self.function.name}: {self.limit} environments are busy"
        if self.function.reserved_concurrency is None:
            return TooManyRequests(message)
        return TooManyRequests(message, "ReservedFunctionConcurrentInvocationLimitExceeded")
