"""The workers of a Lambda Managed Instance, which has several invocations at once.

`AWS_LAMBDA_MAX_CONCURRENCY`, whatever its value, asks for them. A blocking handler has a process
for each invocation: it is forked before the handler's module is imported, starts by itself and
polls `/next`, as in Lambda's own Python runtime; unlike there, one that dies is replaced. An async
handler has one process, whose event loop serves them all (pollers.py). Which it is shows when
the first process has loaded it, which then asks for the others. Not imported otherwise.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html
"""

from __future__ import annotations

import os
import signal
import sys
import time
from _socket import AF_UNIX
from _socket import socket as Socket

from .. import logs
from ..async_calls import CO_ASYNC_GENERATOR, CO_COROUTINE, is_async_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..handlers import Handler
    from .metrics import Metrics

VARIABLE = "AWS_LAMBDA_MAX_CONCURRENCY"
MODEL_VARIABLE = "STREAMBDA_CONCURRENCY"
# Its values: without one, the handler decides.
PROCESSES = "processes"
EVENT_LOOP = "event-loop"
PROVIDER_SOCKET = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"
MOST = 1600  # PerExecutionEnvironmentMaxConcurrency in Lambda's API
EXIT_FAILED = 1  # what a worker exits with that could not start, or lost the Runtime API
PAUSE_S = 1.0  # at the least between two starts of one worker
GRACE_S = 1.0  # from SIGTERM to SIGKILL
_ENDS = frozenset((signal.SIGTERM, signal.SIGINT))
_MORE = signal.SIGUSR1  # from the first worker: the handler blocks, the others are needed
_AWAITED = _ENDS | {signal.SIGCHLD, _MORE}


def run(environ: Mapping[str, str], serve: Callable[..., int]) -> int:
    """Serves as the environment asks for it; the exit status.

    `serve` takes invocations one after the other; what it is given, if anything, serves many.
    """
    count, model = count_workers(environ), _read_model(environ)
    if count == 1 or model == PROCESSES:
        return run_workers(count, serve)

    def serve_many(address: str, handler: Handler, metrics: Metrics | None) -> bool:
        """Whether the handler is one for an event loop; then it has been served."""
        if model != EVENT_LOOP and not is_async(handler):
            os.kill(os.getppid(), _MORE)
            return False
        from . import pollers

        pollers.run(address, handler, count, metrics)
        return True

    return run_workers(count, lambda: serve(serve_many), first_alone=True)


def is_async(handler: object) -> bool:
    """Whether a call of it never blocks: an `async def`, or what serves an ASGI application."""
    return getattr(handler, "is_async", None) is True or is_async_function(
        handler, CO_COROUTINE | CO_ASYNC_GENERATOR
    )


def _read_model(environ: Mapping[str, str]) -> str:
    model = environ.get(MODEL_VARIABLE, "")
    if model not in ("", PROCESSES, EVENT_LOOP):
        expected = f"expected {PROCESSES} or {EVENT_LOOP}"
        logs.log(f"{MODEL_VARIABLE} is {model!r}, {expected}: the handler decides")
    return model


def count_workers(environ: Mapping[str, str]) -> int:
    """How many workers the environment asks for."""
    text = environ.get(VARIABLE, "")
    if text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MOST:
        return int(text)
    logs.log(f"{VARIABLE} is {text!r}, expected a number from 1 to {MOST}: there is one worker")
    return 1


def run_workers(
    count: int, serve: Callable[[], int], pause_s: float = PAUSE_S, *, first_alone: bool = False
) -> int:
    """Keeps `count` processes that each call `serve`; returns in the parent and in each of them.

    With `first_alone` there is one, until it sends its parent SIGUSR1.

    In a worker: what `serve` returned, so that the process exits as one without workers does. In
    the parent: 128 plus the signal that ended them all, or 1 when none is left that could start.
    Only a process without threads may call it, for only one thread survives a fork.
    """
    sys.stdout.flush()  # or each worker writes what is still in the buffer
    # Blocked signals wait until they are asked for: none is lost between a look and a wait.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    places = [_Worker(number + 1, pause_s) for number in range(count)]
    workers = places[:1] if first_alone else places
    while not all(worker.has_given_up() for worker in workers):
        for worker in workers:
            if worker.is_due() and worker.fork():
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                _take_own_streams()
                return serve()
        received = _wait(workers)
        if received in _ENDS:
            _end(workers)
            return 128 + received
        if received == _MORE:
            workers = places
        for worker in workers:
            worker.reap()
    return EXIT_FAILED


class _Worker:
    """One of the places for a worker, and the process that fills it now."""

    __slots__ = ("_failed", "_number", "_pause_s", "_started", "pid")

    def __init__(self, number: int, pause_s: float) -> None:
        self._number = number
        self._pause_s = pause_s
        self._started = -pause_s
        self._failed = False  # the last process did not get as far as serving, or lost its API
        self.pid: int | None = None

    def wait_s(self) -> float:
        return max(0.0, self._started + self._pause_s - time.monotonic())

    def is_due(self) -> bool:
        return self.pid is None and not self.wait_s()

    def has_given_up(self) -> bool:
        return self.pid is None and self._failed

    def fork(self) -> bool:
        """Starts a process; True in it, False in the parent."""
        self._started = time.monotonic()
        try:
            self.pid = os.fork()
        except OSError as error:
            self._failed = True
            logs.log(f"worker {self._number} cannot be started: {error.strerror}")
        return self.pid == 0

    def reap(self) -> None:
        """Notes and logs the process's end, if it has ended."""
        if self.pid is None or not (ended := os.waitpid(self.pid, os.WNOHANG))[0]:
            return
        code = os.waitstatus_to_exitcode(ended[1])
        self._failed = code == EXIT_FAILED or self.wait_s() > 0
        how = f"exited with status {code}" if code >= 0 else f"was killed by signal {-code}"
        logs.log(f"worker {self._number} (process {self.pid}) {how}")
        self.pid = None


def _wait(workers: Sequence[_Worker]) -> int | None:
    """The next signal, or None when it is time to replace a worker."""
    waits = [worker.wait_s() for worker in workers if worker.pid is None]
    if not waits:
        return signal.sigwait(_AWAITED)
    received = signal.sigtimedwait(_AWAITED, min(waits))
    return None if received is None else received.si_signo


def _end(workers: Sequence[_Worker]) -> None:
    alive = {worker.pid for worker in workers if worker.pid is not None}
    for pid in alive:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while alive := {pid for pid in alive if os.waitpid(pid, os.WNOHANG) == (0, 0)}:
        if signal.sigtimedwait({signal.SIGCHLD}, max(0.0, deadline - time.monotonic())) is None:
            break
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _take_own_streams() -> None:
    """A worker's lines go to Lambda over two connections of its own, one for each stream."""
    logs.leave_telemetry()
    path = os.environ.get(PROVIDER_SOCKET)
    if not path:
        return
    try:
        for descriptor in (1, 2):
            provider = Socket(AF_UNIX)
            provider.connect(path)
            os.dup2(provider.fileno(), descriptor)
            provider.close()
    except OSError as error:
        logs.log(f"no log at {PROVIDER_SOCKET} {path!r}: {error.strerror}")
