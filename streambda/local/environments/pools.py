"""The pools of all functions, and how they go on with another assembly."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from streambda.local.environments.execution_environment import ExecutionEnvironment
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.orphan_guard import NO_GUARD, OrphanGuard
from streambda.local.environments.pool import (
    Environment,
    EnvironmentListener,
    FunctionPool,
)
from streambda.local.environments.prepared_start import new_log_stream_name
from streambda.local.environments.replacement import Replacement
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.environments.trial import Trials
from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.changes import FunctionChanges
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import LocalFunction


class Pools:
    def __init__(
        self,
        files: SandboxFiles,
        tasks: asyncio.TaskGroup,
        log: Callable[[LogLine], None],
        options: EnvironmentOptions,
        orphans: OrphanGuard = NO_GUARD,
    ) -> None:
        self._files = files
        self._tasks = tasks
        self._log = log
        self._options = options
        self._orphans = orphans
        self._pools: dict[str, FunctionPool] = {}
        self._trials = Trials(files, self._start)
        self.names = FunctionNames(())

    @property
    def functions(self) -> tuple[LocalFunction, ...]:
        return tuple(pool.function for pool in self._pools.values())

    def of(self, function: LocalFunction) -> FunctionPool:
        return self._pools[function.name]

    def add(self, functions: Iterable[LocalFunction]) -> None:
        for function in functions:
            self._pools[function.name] = FunctionPool(
                function, self._start, self._options.of_function(function.name)
            )
        self.names = FunctionNames(self.functions)

    def start_debugged(self) -> None:
        for pool in self._pools.values():
            if pool.debugged:
                pool.start_ahead()

    def __iter__(self) -> Iterator[LocalFunction]:
        return iter(self.functions)

    async def update(self, functions: Iterable[LocalFunction]) -> FunctionChanges:
        """All of `functions`, and no others. All or none of those that are running are changed."""
        new = {function.name: function for function in functions}
        changed = [
            new[name]
            for name, pool in self._pools.items()
            if name in new and new[name] != pool.function
        ]
        added = [function for name, function in new.items() if name not in self._pools]
        removed = tuple(name for name in self._pools if name not in new)
        broken = await self._replace(changed)
        without_code = self._list_without_code(function.name for function in added)
        if not broken:
            for name in removed:
                self._pools.pop(name).close()
            self.add(added)
        return FunctionChanges(
            added=tuple(function.name for function in added),
            changed=tuple(function.name for function in changed),
            removed=removed,
            broken=broken,
            without_code=without_code if broken else (),
        )

    def _list_without_code(self, added: Iterable[str]) -> tuple[str, ...]:
        """Of a change that does not come: those for which nothing runs."""
        return (*(name for name, pool in self._pools.items() if not pool.starts), *added)

    def close(self) -> None:
        self._trials.close()
        for pool in self._pools.values():
            pool.close()

    async def _replace(self, functions: list[LocalFunction]) -> dict[str, str]:
        """Why some of `functions` do not start: then none has been replaced."""
        pools = [(function, self._pools[function.name]) for function in functions]
        # One under a debugger does not come up by itself: it is replaced untried.
        replacements = [
            (function, Replacement(pool, self._start))
            for function, pool in pools
            if pool.alive and not pool.debugged
        ]
        try:
            reasons = await asyncio.gather(
                *(replacement.start(function) for function, replacement in replacements)
            )
            untried = [(pool.function, function) for function, pool in pools if pool.needs_trial]
            problems = {} if any(reasons) else await self._trials.find_problem(untried)
        except asyncio.CancelledError:
            for _, replacement in replacements:
                replacement.drop()
            raise
        broken = {
            function.name: reason
            for (function, _), reason in zip(replacements, reasons, strict=True)
            if reason
        } | problems
        for function, replacement in replacements:
            if broken:
                replacement.drop()
            else:
                replacement.take_over(function)
        for function, pool in pools:
            if not broken and pool.function is not function:
                pool.replace(function)
        return broken

    def _start(self, function: LocalFunction, listener: EnvironmentListener) -> Environment:
        options = replace(
            self._options.of_function(function.name), log_stream=new_log_stream_name()
        )

        def log(line: str, request_id: str | None) -> None:
            self._log(
                LogLine(
                    function=function.name,
                    request_id=request_id,
                    text=line,
                    stream=options.log_stream,
                )
            )

        environment = ExecutionEnvironment(
            function,
            self._files,
            log,
            options,
            listener,
            self._orphans,
        )
        environment.begin(self._tasks)
        return environment
