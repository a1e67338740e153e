"""What every endpoint needs beside its own definition: invocations, a guard, limits and faults."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from starlette.types import Scope

from streambda.local.auth.guard import Guard
from streambda.local.endpoints.call_chains import CallChains
from streambda.local.faults.effects import Distortion, Throttle
from streambda.local.faults.faults import Faults
from streambda.local.http.streamed_response import discard
from streambda.local.invocation.service import LambdaService, TooManyRequests
from streambda.local.invocation.stream import InvocationRequest, InvocationStream
from streambda.local.limits.limits import MIB, Limits, ResponseLimits
from streambda.local.limits.pacer import Pacer, interruptible_sleep
from streambda.local.model.functions import LocalFunction

# Of a path in a line of the log.
MOST_PATH_CHARS = 200
# Of a reason, in which there may be what a client has sent.
MOST_REASON_CHARS = 500


def shorten(text: str, most: int = MOST_PATH_CHARS) -> str:
    """A path or a reason for one line of a log."""
    return text if len(text) <= most else f"{text[:most]}…"


class Throttled(TooManyRequests):
    """By a fault, as if the account or the stage had reached its limit."""


class EndpointContext:
    """Args:
    tasks: Runs the invocations that nobody waits for.
    closing: Set when the cloud is about to end.
    faults: Called with every request, so that faults can be changed.
    log: Takes a line about the endpoint.
    locate: Puts addresses of here in place of those that AWS would give.
    chains: Of the whole cloud.
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
        log: Callable[[str], None] = lambda line: None,
        locate: Callable[[str], str] = lambda text: text,
        chains: CallChains | None = None,
    ) -> None:
        self.service = service
        self.limits = limits
        self.guard = guard
        self.sleep = interruptible_sleep(closing)
        self._tasks = tasks
        self._faults = faults
        self.log = log
        self.locate = locate
        self.chains = chains or CallChains()
        self._throttle = Throttle()

    @property
    def faults(self) -> Faults:
        return self._faults()

    def locate_all(self, variables: Mapping[str, str]) -> Mapping[str, str]:
        """The variables of a stage, with addresses of here."""
        return {name: self.locate(value) for name, value in variables.items()}

    def invoke(self, function: LocalFunction, request: InvocationRequest) -> InvocationStream:
        """Raises `TooManyRequests` when every environment is busy, and `Throttled`."""
        faults = self.faults
        self.check_throttle(function.name)
        distortion = Distortion(faults) if faults.any else None
        return self.service.invoke(function, request, distortion)

    def check_throttle(self, name: str) -> None:
        """Of a request that is for `name`. Raises `Throttled`."""
        faults = self.faults
        if self._throttle.refuses_next(faults):
            raise Throttled(f"{name}: a fault, throttle={faults.throttle:g}")

    def log_refusal(self, scope: Scope, status: int, reason: str) -> None:
        """Logs one line for a request that reaches no function, with the reason."""
        path = shorten(scope["raw_path"].decode("ascii", "backslashreplace"))
        self.log(f"refuses {scope['method']} {path}: {status} {shorten(reason, MOST_REASON_CHARS)}")

    def new_pacer(self, limits: ResponseLimits) -> Pacer:
        """For one response. The first time that it slows the response down, it says so."""

        def tell() -> None:
            self.log(
                f"slows a response down: after {limits.burst / MIB:g} MB AWS sends "
                f"{(limits.rate or 0) / MIB:g} MB a second"
            )

        return Pacer(limits, self.sleep, tell=tell)

    def run_to_end(self, stream: InvocationStream) -> None:
        """For a response that nobody reads any more: the function runs to its end, as on AWS."""
        self.run(discard(stream))

    def run(self, task: Coroutine[Any, Any, None]) -> None:
        """Something that no client waits for; the cloud does when it ends."""
        self._tasks.create_task(task)
