"""What every endpoint has beside its own definition: the service, limits, faults and a guard."""

import asyncio
from collections.abc import Callable
from random import Random

from streambda.local.auth.guard import Guard
from streambda.local.faults.distortion import Distortion
from streambda.local.faults.faults import NO_FAULTS, Faults
from streambda.local.http.messages import discard
from streambda.local.invocation.service import LambdaService, TooManyRequests
from streambda.local.invocation.stream import InvocationRequest, InvocationStream
from streambda.local.limits.limits import Limits
from streambda.local.limits.pacing import interruptible_sleep
from streambda.local.model.functions import LocalFunction


class Throttled(TooManyRequests):
    """By a fault, as if the account or the stage had no more to give."""


class EndpointContext:
    """Args:
    tasks: Keeps the invocations that nobody waits for.
    closing: Set when the cloud is about to end.
    faults: Asked with every request, so that they can be changed.
    """

    def __init__(
        self,
        service: LambdaService,
        tasks: asyncio.TaskGroup,
        closing: asyncio.Event,
        *,
        guard: Guard,
        limits: Limits,
        faults: Callable[[], Faults],
    ) -> None:
        self.service = service
        self.limits = limits
        self.guard = guard
        self.sleep = interruptible_sleep(closing)
        self._tasks = tasks
        self._faults = faults
        self._decided_for = NO_FAULTS
        self._random = Random(0)

    @property
    def faults(self) -> Faults:
        return self._faults()

    def invoke(self, function: LocalFunction, request: InvocationRequest) -> InvocationStream:
        """Raises `TooManyRequests` for want of environments, and `Throttled`."""
        faults = self.faults
        if self._throttled(faults):
            raise Throttled(f"{function.name}: a fault, throttle={faults.throttle:g}")
        stream = self.service.invoke(function, request)
        if faults != NO_FAULTS:
            # In time: the environment takes the invocation in a task of its own, after this.
            stream.distortion = Distortion(faults)
        return stream

    def run_on(self, stream: InvocationStream) -> None:
        """Nobody reads this any more, and the function runs to its end, as on AWS."""
        self._tasks.create_task(discard(stream))

    def _throttled(self, faults: Faults) -> bool:
        if faults != self._decided_for:
            self._decided_for, self._random = faults, Random(faults.seed)
        return faults.throttle > 0 and self._random.random() < faults.throttle
