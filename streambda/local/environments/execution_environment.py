"""One execution environment: a function's process, and one invocation at a time.

It lives from a cold start until the process ends: by itself, or killed at an invocation's deadline,
for too much memory, because nobody needs it any more, or with the local cloud.
"""

import asyncio
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress

from streambda.local.environments.environment_log import EnvironmentLog
from streambda.local.environments.lifecycle import (
    EnvironmentLifecycle,
    EnvironmentState,
    EnvironmentStep,
)
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.orphan_guard import NO_GUARD, OrphanGuard
from streambda.local.environments.pool import EnvironmentListener
from streambda.local.environments.running_function import RunningFunction, run_function
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.environments.start_errors import describe_start_error
from streambda.local.environments.telemetry_events import (
    RuntimeDone,
    publish_end,
    publish_init_done,
    publish_init_report,
)
from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.log_lines import WriteLine
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.functions import LocalFunction
from streambda.local.model.one_line import describe_error
from streambda.local.model.platform_reports import (
    ExtensionReport,
    InitPhase,
    InitReport,
    InvocationReport,
    InvocationStart,
    ReportStatus,
)
from streambda.local.runtime_api.extensions import ExtensionFailed, ShutdownReason
from streambda.local.runtime_api.session import RuntimeEvent

# How long a process that has reported an error of its init phase may take to print it and to exit.
EXIT_S = 1.0


class ExecutionEnvironment:
    """Args: `log` gets its lines, `listener` hears when it is idle and when it is gone."""

    def __init__(
        self,
        function: LocalFunction,
        files: SandboxFiles,
        log: WriteLine,
        options: EnvironmentOptions,
        listener: EnvironmentListener,
        orphans: OrphanGuard = NO_GUARD,
    ) -> None:
        self.function = function
        self.failure: Failure | None = None  # what has ended it
        self.has_started = False  # whether its init phase is over
        self._files = files
        self._log = EnvironmentLog(log, function.log_format)
        self._options = options
        self._listener = listener
        self._orphans = orphans
        self._lifecycle = EnvironmentLifecycle()
        self._running: RunningFunction | None = None  # while it is up
        self._stream: InvocationStream | None = None
        self._began_s = 0.0  # of the invocation, by the monotonic clock
        # Wakes up who waits for an invocation: there is one, or there will be none.
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # What the pool uses.

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        self._task = tasks.create_task(self.run())
        self._task.add_done_callback(self._clean_up)

    @property
    def state(self) -> EnvironmentState:
        return self._lifecycle.state

    @property
    def _is_ending(self) -> bool:
        return self.state is EnvironmentState.ENDING

    @property
    def soon_idle(self) -> bool:
        """Whether its invocation is answered, and the runtime is about to ask for the next."""
        answered = self._stream is not None and self._stream.lifecycle.ended
        return answered and self.state is EnvironmentState.BUSY

    @property
    def failure_reason(self) -> str | None:
        """Why it ended, if that was a failure."""
        return failures.describe(self.failure) if self.failure else None

    def take(self, stream: InvocationStream) -> None:
        self._step(EnvironmentStep.TAKE)
        self._stream = stream
        self._log.begin(stream)
        self._woken.set()
        if self._running:
            # Not in the task that waits for it: each turn of the loop is time to the first byte.
            try:
                self._begin_invocation(stream, self._running, self._timeout_s)
            except Exception as error:
                self._fail_alone(error)

    def retire(self) -> None:
        """Ends it: now if it is idle, else after the invocation in progress."""
        self._step(EnvironmentStep.RETIRE)

    def close(self) -> None:
        """Ends it now, whatever is in progress."""
        if self._task:
            self._task.cancel()

    async def run(self) -> None:
        """Lives from a cold start to the process's end."""
        try:
            await self._run()
        except Exception as error:
            self._fail_alone(error)

    async def _run(self) -> None:
        in_time = await self._start_and_serve(InitPhase.INIT, self._options.init_s)
        if not in_time and self._stream:
            # As part of the invocation, and of its time: so Lambda goes on after ten seconds.
            await self._start_and_serve(InitPhase.INVOKE, self._timeout_s)

    # The phases.

    async def _start_and_serve(self, phase: InitPhase, limit_s: float) -> bool:
        """False when the init phase has taken too long."""
        async with AsyncExitStack() as stack:
            began = time.monotonic()
            try:
                running = await stack.enter_async_context(self._run_function(phase, limit_s))
            except TimeoutError:
                self._report_init_timeout(phase, limit_s)
                return False
            except ExtensionFailed as error:
                self._fail_extension(error)
                self._report_failed_init(phase, time.monotonic() - began, error.error_type)
                return True
            except Exception as error:  # of an archive, a file system, a kernel: there is no list
                self._fail(
                    failures.invalid_entrypoint(self._log.request_id, describe_start_error(error))
                )
                invalid = failures.ErrorType.INVALID_ENTRYPOINT
                self._report_failed_init(phase, time.monotonic() - began, invalid)
                return True
            telemetry = self._log.telemetry = running.session.telemetry
            try:
                event = await running.await_init(limit_s - (time.monotonic() - began))
            except TimeoutError:
                await running.settle_log()
                self._warn_of_extensions(running, limit_s)
                self._report_init_timeout(phase, limit_s)
                return False
            if event is not RuntimeEvent.READY:
                await running.settle_log()
                init_s = time.monotonic() - began
                error_type = await self._fail_init(running, event)
                publish_init_done(telemetry, phase, error_type)
                self._report_failed_init(phase, init_s, error_type)
                return True
            publish_init_done(telemetry, phase)
            await self._serve(running, time.monotonic() - began, phase)
            return True

    def _run_function(
        self, phase: InitPhase, limit_s: float
    ) -> AbstractAsyncContextManager[RunningFunction]:
        return run_function(
            self.function,
            self._files,
            self._log.add_printed,
            self._end_if_idle,
            note=self._log.note,
            options=self._options,
            limit_s=limit_s,
            phase=phase,
            orphans=self._orphans,
        )

    @property
    def _timeout_s(self) -> float:
        chosen_s = self._options.timeout_s
        return self.function.timeout_s if chosen_s is None else chosen_s

    def _warn_of_extensions(self, running: RunningFunction, limit_s: float) -> None:
        """Names the extensions that the invocation still waits for."""
        for name in running.session.list_late_extensions():
            asked = f"has not asked for the next event within {limit_s:g} s"
            self._log.add(f"warning: the extension {name} {asked}")

    def _report_init_timeout(self, phase: InitPhase, limit_s: float) -> None:
        self._log.report(InitReport(duration_s=limit_s, phase=phase, status=ReportStatus.TIMEOUT))
        if phase is InitPhase.INVOKE:
            self._fail(failures.timeout(self._log.request_id, limit_s), timed_out=True)

    def _report_failed_init(self, phase: InitPhase, init_s: float, error_type: str) -> None:
        status = ReportStatus.ERROR
        self._log.report(
            InitReport(duration_s=init_s, phase=phase, status=status, error_type=error_type)
        )

    async def _fail_init(self, running: RunningFunction, event: RuntimeEvent) -> str:
        """Gives the type of the error."""
        running.shutdown_reason = ShutdownReason.FAILURE
        if failed := running.session.extensions.failure:
            self._fail_extension(failed)
            return failed.error_type
        reported = running.session.init_failure
        if event is RuntimeEvent.EXITED or reported is None:
            self._fail(failures.process_exit(self._log.request_id, await running.exit_status()))
            return failures.ErrorType.EXIT_ERROR
        self._end(reported)
        # A runtime reports first, and prints then: on its way to its exit.
        await running.await_exit(EXIT_S)
        await running.settle_log()
        if not self._log.has_printed(reported):
            self._log_failure()  # once is enough
        return failures.read_error_type(reported)

    async def _serve(self, running: RunningFunction, init_s: float, phase: InitPhase) -> None:
        """One invocation after another. An init phase within the first takes of its time."""
        cold_start_s: float | None = init_s if phase is InitPhase.INIT else None
        spent_s = init_s if phase is InitPhase.INVOKE else 0.0
        self.has_started = True
        self._tell_of_init(running, init_s, phase)
        self._running = running
        if self._stream:
            self._step(EnvironmentStep.BEGIN)
            self._begin_invocation(self._stream, running, self._timeout_s - spent_s)
        while stream := await self._next_stream():
            report = await self._invoke(stream, running, spent_s, cold_start_s)
            self._log.report(report)
            self._release()
            cold_start_s, spent_s = None, 0.0

    def _tell_of_init(self, running: RunningFunction, init_s: float, phase: InitPhase) -> None:
        """The log names extensions, and those that subscribe hear of the rest."""
        telemetry = running.session.telemetry
        for one in running.session.extensions.found:
            self._log.report(ExtensionReport(name=one.name, state="Ready", events=one.events))
        publish_init_report(telemetry, phase, init_s)
        telemetry.close_subscription()

    async def _next_stream(self) -> InvocationStream | None:
        if not self._is_ending and self._stream is None:
            self._step(EnvironmentStep.WAIT)
            if self.state is EnvironmentState.IDLE:
                self._listener.idle(self)
            await self._woken.wait()
        self._woken.clear()
        return None if self._is_ending else self._stream

    def _begin_invocation(
        self, stream: InvocationStream, running: RunningFunction, limit_s: float
    ) -> None:
        request_id = stream.request.request_id
        stream.log_remark = lambda text: self._log.write(f"warning: {text}", request_id)
        self._log.report(InvocationStart(request_id=request_id))
        self._began_s = time.monotonic()
        running.hand_out(stream, limit_s)

    async def _invoke(
        self,
        stream: InvocationStream,
        running: RunningFunction,
        spent_s: float,
        cold_start_s: float | None,
    ) -> InvocationReport:
        """`spent_s` of the invocation's time are gone already."""
        request_id, limit_s = stream.request.request_id, self._timeout_s
        began = self._began_s - spent_s
        event: RuntimeEvent | None = None
        done = RuntimeDone(self._log.telemetry, stream, began)

        def tell_runtime_done() -> None:
            done.publish(describe_status(stream), running.session.asked_s)

        with suppress(TimeoutError):
            event = await running.await_end(limit_s - spent_s, tell_runtime_done)
        duration_s = time.monotonic() - began if event else limit_s
        if event is None:
            # At once: a response that comes while the log is written is late.
            self._end(failures.timeout(request_id, limit_s), timed_out=True)
        # Before the line about the end, and before the process is killed.
        await running.settle_log()
        status = describe_status(stream)
        error_type: str | None = None
        if event is None:
            self._warn_of_extensions(running, limit_s)
            self._log_failure()
            status = ReportStatus.TIMEOUT
            running.shutdown_reason = ShutdownReason.TIMEOUT
        elif event is not RuntimeEvent.READY:
            running.shutdown_reason = ShutdownReason.FAILURE
            status = ReportStatus.ERROR
            if failed := running.session.extensions.failure:
                error_type = failed.error_type
                self._fail_extension(failed)
            else:
                error_type = failures.ErrorType.EXIT_ERROR
                await self._fail_exited(stream, running)
        done_s = running.session.asked_s if event is RuntimeEvent.READY else time.monotonic()
        done.publish(status, done_s, error_type)
        publish_end(self._log.telemetry, stream)
        return InvocationReport(
            request_id=request_id,
            duration_s=duration_s,
            memory_mb=self.function.memory_mb,
            max_memory_used_mb=running.max_memory_used_mb,
            init_s=cold_start_s,
            status=status,
            error_type=error_type,
        )

    # How it ends.

    def _step(self, step: EnvironmentStep) -> None:
        """Before anybody hears of it: who asks again at once must find this one's new state."""
        self._lifecycle.take(step)
        if self._is_ending:
            self._woken.set()

    def _end_if_idle(self) -> None:
        """The process has ended; where there is an invocation, the session tells of it."""
        if self.state is EnvironmentState.IDLE:
            self._step(EnvironmentStep.END)

    async def _fail_exited(self, stream: InvocationStream, running: RunningFunction) -> None:
        request_id, status = stream.request.request_id, await running.exit_status()
        if stream.lifecycle.ended:
            self._step(EnvironmentStep.END)
            self._log.add(f"RequestId: {request_id} {failures.describe_exit(status)}")
        else:
            self._fail(failures.process_exit(request_id, status))

    def _fail_alone(self, error: Exception) -> None:
        """Whatever it is, it is this environment's: others go on, and so does the function, with
        another environment at the next invocation."""
        self._fail(failures.invalid_entrypoint(self._log.request_id, describe_error(error)))

    def _fail_extension(self, failed: ExtensionFailed) -> None:
        self._fail(
            failures.extension_failure(self._log.request_id, failed.error_type, failed.reason)
        )

    def _fail(self, failure: Failure, *, timed_out: bool = False) -> None:
        self._end(failure, timed_out=timed_out)
        self._log_failure()

    def _end(self, failure: Failure, *, timed_out: bool = False) -> None:
        """Also when the response is complete: then only the log tells of it."""
        self.failure = failure
        self._step(EnvironmentStep.END)
        if self._stream and not self._stream.lifecycle.ended:
            (self._stream.time_out if timed_out else self._stream.fail)(failure)

    def _log_failure(self) -> None:
        if self.failure:
            self._log.add_failure(self.failure)

    def _release(self) -> None:
        if self._stream:
            if not self._stream.lifecycle.ended:
                self._stream.fail(self.failure or failures.shutdown(self._log.request_id))
            self._stream.released.set()
        self._stream = None
        self._log.end()

    def _clean_up(self, _: object) -> None:
        """Nobody may be left waiting, whatever has ended `run`, or kept it from beginning."""
        self._step(EnvironmentStep.END)
        self._release()
        self._listener.gone(self)


def describe_status(stream: InvocationStream) -> ReportStatus:
    """Of an invocation that the runtime has answered."""
    return ReportStatus.FAILURE if stream.failure else ReportStatus.SUCCESS
