"""Callbacks between two invocations: `after_invocation`.

Lambda freezes the environment as soon as the runtime asks for the next invocation. What a thread
has not sent by then is sent with the next invocation, or never. So what has to be sent is sent
here: after the last byte and the background work, before `/next`. Imported only where it is used.

A callback that blocks runs in a thread, for Python cannot interrupt it, but the runtime can go on
without it. One that is async runs on the event loop and is cancelled. The same code runs them from
the blocking loop and from an event loop: the form makes the difference, as in replies.py.
"""

from __future__ import annotations

import sys
import threading

from .async_calls import is_async_function, run_sync
from .errors import RuntimeApiError
from .exchange import log_exception, log_failure
from .logs import flush_streams, log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from typing import Any, Protocol, TypeVar, overload

    from .exchange import Exchange

    F = TypeVar("F", bound=Callable[[], object])

    class Form(Protocol):
        """How to wait: in a thread of our own, or on an event loop."""

        async def wait_for_thread(self, callback: _Callback, exchange: Exchange) -> Any:
            """What the callback returns, called in its thread. Raises what it raises."""

        async def wait_on_loop(
            self, callback: _Callback, function: Callable[[], Any], exchange: Exchange
        ) -> None:
            """Awaits what `function` returns, on the event loop."""

        def is_cancelled(self) -> bool:
            """Whether the waiting itself was cancelled."""
else:  # typing costs an import, and says nothing at run time

    def overload(function):
        return function


TIMEOUT_S = 2.0  # as long as Sentry's SDK takes for its own flush at exit
MARGIN_S = 0.2  # before the deadline of the invocation, to be at `/next` in time
_GRACE_S = 0.1  # for a cancelled callback to clean up
_LONGEST_S = 1800.0  # Lambda's longest timeout; what a lock can wait is limited too

_callbacks: list[_Callback] = []


@overload
def after_invocation(callback: F, *, timeout: float = ...) -> F: ...
@overload
def after_invocation(*, timeout: float = ...) -> Callable[[F], F]: ...
def after_invocation(callback: Any = None, *, timeout: float = TIMEOUT_S) -> Any:
    """Has `callback` called after each invocation: a plain call or a decorator, at module level.

    It is called without arguments, after the last byte was acknowledged and the background work is
    done, and before the next invocation; also after an invocation that failed. Callbacks run one
    after the other, in the order in which they were registered; one that is registered again runs
    once. They see the invocation's context variables. Their errors are only logged.

    `timeout` is in seconds, default 2.0; it ends 0.2 s before the function's own timeout at the
    latest. Then an async callback is cancelled. A blocking one has a thread of its own, which
    cannot be interrupted: it is left running, and it is not called again before it has returned.
    Returns the callback. Raises TypeError if it cannot be called, ValueError for a timeout of 0 s
    or less.
    """
    if not timeout > 0:
        raise ValueError(f"after_invocation: timeout is {timeout!r}, expected more than 0 seconds")
    if callback is None:
        return lambda function: after_invocation(function, timeout=timeout)
    if not callable(callback):
        raise TypeError(f"after_invocation: {callback!r} cannot be called")
    for registered in _callbacks:
        if registered.function == callback:
            registered.timeout_s = timeout
            return callback
    _callbacks.append(_Callback(callback, timeout))
    return callback


def run_callbacks(exchange: Exchange) -> None:
    """Runs the callbacks after an invocation, from code that is not async.

    Raises only what is to end the process. Does nothing when the Runtime API is gone: the process
    then ends at once.
    """
    if _callbacks and not isinstance(sys.exc_info()[1], RuntimeApiError):
        run_sync(_run_all(exchange, _Blocking()))


async def run_callbacks_async(exchange: Exchange) -> None:
    """The same, from a task of an event loop, which goes on meanwhile."""
    if _callbacks:
        await _run_all(exchange, _OnLoop())


async def _run_all(exchange: Exchange, form: Form) -> None:
    for callback in tuple(_callbacks):
        try:
            await callback.run(exchange, form)
        except BaseException as error:
            exchange.check_process(error)
            if form.is_cancelled():
                raise
            log_failure(error)
    flush_streams()


class _Callback:
    """A function that was registered."""

    __slots__ = ("_is_async", "function", "name", "thread", "timeout_s")

    def __init__(self, function: Callable[[], Any], timeout_s: float) -> None:
        self.function = function
        self.timeout_s = timeout_s
        self.name = _name(function)
        self.thread = _Thread(f"after_invocation {self.name}")
        self._is_async = is_async_function(function)

    async def run(self, exchange: Exchange, form: Form) -> None:
        """One call, within its time. Raises what the function raises."""
        if self.seconds(exchange) <= 0:
            self.log("was not called: the function's timeout is too near")
            return
        if self._is_async:
            await form.wait_on_loop(self, self.function, exchange)
            return
        result = await form.wait_for_thread(self, exchange)
        if hasattr(result, "__await__"):  # of a lambda, say
            await form.wait_on_loop(self, lambda: result, exchange)

    def seconds(self, exchange: Exchange) -> float:
        """The time that it has from now on."""
        left = exchange.invocation.context.get_remaining_time_in_millis() / 1000
        return min(self.timeout_s, left - MARGIN_S, _LONGEST_S)

    def log(self, what: str) -> None:
        """A line that names it."""
        log(f"after_invocation: {self.name} {what}")


class _Call:
    """One call in a thread, which nobody needs to wait for."""

    __slots__ = (
        "_exchange", "_function", "_is_done", "_is_left", "_lock", "_tell", "_variables", "error",
        "has_begun", "is_behind", "result",
    )  # fmt: skip

    def __init__(
        self, function: Callable[[], Any], exchange: Exchange, tell: Callable[[], object]
    ) -> None:
        self._function = function
        self._exchange = exchange
        # A copy: Python enters a context once at a time, and the call may take longer than we wait.
        self._variables: Context = exchange.variables.copy()
        self._tell = tell
        self._lock = threading.Lock()
        self._is_left = False
        self._is_done = False
        self.has_begun = False
        self.is_behind = False  # another one, which has not returned
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Calls the function, if somebody still waits for it."""
        with self._lock:
            if self._is_left:
                return
            self.has_begun = True
        try:
            self.result = self._variables.run(self._function)
            self._exchange.check_process()
        except BaseException as error:
            self._exchange.check_process(error)  # of a process that is forked here nobody waits
            self.error = error
        with self._lock:
            self._is_done = True
            if not self._is_left:
                self._tell()
                return
        if self.error is not None:  # too late for those who waited
            self._variables.run(log_exception, self.error)

    def leave(self) -> bool:
        """Waits no more; whether it has ended by now."""
        with self._lock:
            self._is_left = True
            return self._is_done


class _Thread:
    """Calls one function, one call after the other. There is a thread only while there are calls:
    a process with threads should not be forked, and a handler may want to.
    """

    __slots__ = ("_calls", "_is_running", "_lock", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._calls: list[_Call] = []
        self._is_running = False

    def submit(self, call: _Call) -> None:
        """Has it called as soon as those before it have returned."""
        with self._lock:
            self._calls.append(call)
            call.is_behind = self._is_running
            if call.is_behind:
                return
            self._is_running = True
        try:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        except BaseException:  # no more threads: the next call may find one
            with self._lock:
                self._calls.clear()
                self._is_running = False
            raise

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._calls:
                    self._is_running = False
                    return
                call = self._calls.pop(0)
            call.run()


def _take(callback: _Callback, call: _Call, seconds: float) -> Any:
    """What a call has given when nobody waits for it any more."""
    if call.leave():
        if call.error is not None:
            raise call.error
        return call.result
    if call.has_begun:
        callback.log(f"has not returned after {seconds:.3g} s; it runs on in its thread")
    elif call.is_behind:
        callback.log("was not called: it has not returned since an invocation before")
    else:  # little time, and little of a CPU
        callback.log(f"was not called: its thread has not begun within {seconds:.3g} s")
    return None


class _Blocking:
    """Waits as the blocking loop does; none of it ever suspends."""

    async def wait_for_thread(self, callback: _Callback, exchange: Exchange) -> Any:
        done = threading.Event()
        call = _Call(callback.function, exchange, done.set)
        seconds = callback.seconds(exchange)
        try:
            callback.thread.submit(call)
            done.wait(seconds)
        except BaseException:  # of a signal's handler
            call.leave()
            raise
        return _take(callback, call, seconds)

    async def wait_on_loop(
        self, callback: _Callback, function: Callable[[], Any], exchange: Exchange
    ) -> None:
        from .aio import event_loop

        event_loop.run(_await(callback, function, exchange), exchange.variables)

    def is_cancelled(self) -> bool:
        return False


class _OnLoop:
    """Waits as a task of the running event loop."""

    async def wait_for_thread(self, callback: _Callback, exchange: Exchange) -> Any:
        import asyncio

        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        call = _Call(callback.function, exchange, lambda: loop.call_soon_threadsafe(done.set))
        seconds = callback.seconds(exchange)
        try:
            callback.thread.submit(call)
            async with asyncio.timeout(seconds):
                await done.wait()
        except TimeoutError:
            pass
        except BaseException:
            call.leave()
            raise
        return _take(callback, call, seconds)

    async def wait_on_loop(
        self, callback: _Callback, function: Callable[[], Any], exchange: Exchange
    ) -> None:
        await _await(callback, function, exchange)

    def is_cancelled(self) -> bool:
        import asyncio

        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0


async def _await(callback: _Callback, function: Callable[[], Any], exchange: Exchange) -> None:
    """Awaits what a function returns, in a task that is cancelled when its time is over."""
    import asyncio

    async def settle() -> BaseException | None:
        # An exit that leaves a task would end the loop, and not the task that waits.
        try:
            await function()
            exchange.check_process()
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            exchange.check_process(error)
            return error
        return None

    seconds = callback.seconds(exchange)
    task = asyncio.get_running_loop().create_task(settle(), context=exchange.variables)
    try:
        await asyncio.wait({task}, timeout=max(0.0, seconds))
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_GRACE_S)
            callback.log(f"was cancelled after {seconds:.3g} s")
        elif task.cancelled():
            callback.log("has cancelled itself")
    finally:
        task.cancel()
    if task.done() and not task.cancelled() and (error := task.result()) is not None:
        raise error


def _name(function: Any) -> str:
    while type(function).__name__ == "partial" and hasattr(function, "func"):
        function = function.func
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"
