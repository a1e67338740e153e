"""New code in an environment of its own, which must come up before the old code is let go."""

import asyncio

from streambda.local.environments.pool import Environment, FunctionPool, StartEnvironment
from streambda.local.model.functions import LocalFunction


class Replacement:
    """Listens to the new environment, for the pool too once that has taken it over."""

    def __init__(self, pool: FunctionPool, start: StartEnvironment) -> None:
        self._pool = pool
        self._start = start
        self._decided = asyncio.Event()
        self._environment: Environment | None = None
        self._taken_over = False

    def idle(self, environment: Environment) -> None:
        self._decided.set()
        if self._taken_over:
            self._pool.idle(environment)

    def gone(self, environment: Environment) -> None:
        self._decided.set()
        if self._taken_over:
            self._pool.gone(environment)

    async def start(self, function: LocalFunction) -> str | None:
        """Why `function` does not come up; None if it does, or only takes long."""
        self._environment = self._start(function, self)
        await self._decided.wait()
        return self._environment.failure_reason

    def take_over(self, function: LocalFunction) -> None:
        """The pool goes on with `function`."""
        self._taken_over = True
        self._pool.replace(function, self._environment)

    def drop(self) -> None:
        if self._environment:
            self._environment.close()
