"""The pools of all functions, and how they go on when the assembly is another one."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from streambda.local.environments.execution_environment import ExecutionEnvironment
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.phase import Environment, Events
from streambda.local.environments.pool import FunctionPool
from streambda.local.environments.replacement import Replacement
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import LocalFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChanges:
    """Functions by name. `broken` says why new code did not come up: it is left aside."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    broken: dict[str, str]


class Pools:
    def __init__(
        self,
        files: SandboxFiles,
        tasks: asyncio.TaskGroup,
        log: Callable[[LogLine], None],
        options: EnvironmentOptions,
    ) -> None:
        self._files = files
        self._tasks = tasks
        self._log = log
        self._options = options
        self._pools: dict[str, FunctionPool] = {}
        self.names = FunctionNames(())

    @property
    def functions(self) -> tuple[LocalFunction, ...]:
        return tuple(pool.function for pool in self._pools.values())

    def of(self, function: LocalFunction) -> FunctionPool:
        return self._pools[function.name]

    def add(self, functions: Iterable[LocalFunction]) -> None:
        for function in functions:
            self._pools[function.name] = FunctionPool(function, self._start, self._options)
        self.names = FunctionNames(self.functions)

    def __iter__(self) -> Iterator[LocalFunction]:
        return iter(self.functions)

    async def update(self, functions: Iterable[LocalFunction]) -> PoolChanges:
        """All of `functions`, and no others. All or none of those that are running are changed."""
        wanted = {function.name: function for function in functions}
        changed = [
            wanted[name]
            for name, pool in self._pools.items()
            if name in wanted and wanted[name] != pool.function
        ]
        added = [function for name, function in wanted.items() if name not in self._pools]
        removed = tuple(name for name in self._pools if name not in wanted)
        broken = await self._change(changed)
        if not broken:
            for name in removed:
                self._pools.pop(name).close()
            self.add(added)
        return PoolChanges(
            added=tuple(function.name for function in added),
            changed=tuple(function.name for function in changed),
            removed=removed,
            broken=broken,
        )

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    async def _change(self, functions: list[LocalFunction]) -> dict[str, str]:
        """Why some of `functions` do not come up: then none has been changed."""
        pools = [(function, self._pools[function.name]) for function in functions]
        trials = [
            (function, Replacement(pool, self._start)) for function, pool in pools if pool.alive
        ]
        try:
            reasons = await asyncio.gather(*(trial.run(function) for function, trial in trials))
        except asyncio.CancelledError:
            for _, trial in trials:
                trial.drop()
            raise
        broken = {
            function.name: reason
            for (function, _), reason in zip(trials, reasons, strict=True)
            if reason
        }
        for function, trial in trials:
            if broken:
                trial.drop()
            else:
                trial.take_over(function)
        for function, pool in pools:
            if not broken and pool.function is not function:
                pool.replace(function)
        return broken

    def _start(self, function: LocalFunction, events: Events) -> Environment:
        def say(line: str, request_id: str | None) -> None:
            self._log(LogLine(function=function.name, request_id=request_id, text=line))

        made = ExecutionEnvironment(function, self._files, say, self._options, events)
        made.begin(self._tasks)
        return made
