"""New code in an environment of its own, which must come up before the old code is let go."""

import asyncio

from streambda.local.environments.phase import Environment
from streambda.local.environments.pool import FunctionPool, Start
from streambda.local.model.functions import LocalFunction


class Replacement:
    """Hears of the environment until a pool has taken it over, and hands on what it hears then."""

    def __init__(self, pool: FunctionPool, start: Start) -> None:
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

    async def run(self, function: LocalFunction) -> str | None:
        """Why `function` does not come up; None if it does, or only takes long."""
        self._environment = self._start(function, self)
        await self._decided.wait()
        return self._environment.why

    def take_over(self, function: LocalFunction) -> None:
        """The pool goes on with `function`."""
        self._taken_over = True
        self._pool.replace(function, self._environment)

    def drop(self) -> None:
        if self._environment:
            self._environment.close()
