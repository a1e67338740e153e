"""The pool against a small model: invoke, answer, next, crash, expire, new code, in any order.

The environments are played by the test, and so is the clock.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streambda.local.environments.lifecycle import (
    EnvironmentLifecycle,
    EnvironmentState,
    EnvironmentStep,
)
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.pool import Environment, EnvironmentListener, FunctionPool
from streambda.local.invocation import failures
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream, ResponseHead
from streambda.local.model.functions import LocalFunction
from tests.support.local_functions import WORDS
from tests.support.pools import new_request

IDLE_S, SETTLE_S = 300.0, 0.1


class Timer:
    def __init__(self, delay_s: float, callback: Callable[[], None]) -> None:
        self.delay_s = delay_s
        self.callback = callback
        self.pending = True

    def cancel(self) -> None:
        self.pending = False

    def fire(self) -> None:
        self.pending = False
        self.callback()


class FakeEnvironment:
    """An environment that does what the test says, by the table of the real ones."""

    def __init__(self, function: LocalFunction, listener: EnvironmentListener) -> None:
        self.function = function
        self.listener = listener
        self.lifecycle = EnvironmentLifecycle()
        self.failure_reason = None
        self.has_started = True
        self.stream: InvocationStream | None = None
        self.died_idle = False  # the pool does not know yet

    @property
    def state(self) -> EnvironmentState:
        return self.lifecycle.state

    @property
    def soon_idle(self) -> bool:
        answered = self.stream is not None and self.stream.lifecycle.ended
        return answered and self.state is EnvironmentState.BUSY

    def take(self, stream: InvocationStream) -> None:
        assert self.stream is None, "given an invocation while it has one"
        cold = self.state is EnvironmentState.STARTING
        self.lifecycle.take(EnvironmentStep.TAKE)
        if cold:
            self.lifecycle.take(EnvironmentStep.BEGIN)
        self.stream = stream
        stream.hand_out(0)

    def retire(self) -> None:
        self.lifecycle.take(EnvironmentStep.RETIRE)

    def close(self) -> None:
        self.end()
        self.listener.gone(self)

    def end(self) -> None:
        """As a crash or a time-out does."""
        self.died_idle = self.died_idle or self.state is EnvironmentState.IDLE
        self.lifecycle.take(EnvironmentStep.END)
        if self.stream and not self.stream.lifecycle.ended:
            self.stream.fail(failures.process_exit("r", -9))
        self.stream = None

    def answer(self) -> None:
        assert self.stream is not None
        self.stream.respond(ResponseHead(content_type="text/plain"))
        self.stream.complete()

    def next(self) -> None:
        self.stream = None
        self.lifecycle.take(EnvironmentStep.WAIT)
        if self.state is EnvironmentState.IDLE:
            self.listener.idle(self)


class PoolMachine(RuleBasedStateMachine):
    @initialize(limit=st.integers(1, 3))
    def begin(self, limit: int) -> None:
        self.timers: list[Timer] = []
        self.environments: list[FakeEnvironment] = []
        self.streams: list[InvocationStream] = []
        self.version = 0
        self.limit = limit
        options = EnvironmentOptions(concurrency=limit, idle_s=IDLE_S, settle_s=SETTLE_S)
        self.pool = FunctionPool(WORDS, self.start, options, self.later)

    def start(self, function: LocalFunction, listener: EnvironmentListener) -> Environment:
        self.environments.append(FakeEnvironment(function, listener))
        return self.environments[-1]

    def later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        self.timers.append(Timer(delay_s, callback))
        return self.timers[-1]

    # What the model says of the world.

    def those(self, condition: Callable[[FakeEnvironment], bool]) -> list[FakeEnvironment]:
        return [one for one in self.environments if condition(one)]

    @property
    def alive(self) -> list[FakeEnvironment]:
        return self.those(lambda one: one.state is not EnvironmentState.ENDING)

    @property
    def idle(self) -> list[FakeEnvironment]:
        return self.those(lambda one: one.state is EnvironmentState.IDLE)

    @property
    def working(self) -> list[FakeEnvironment]:
        return self.those(lambda one: one.stream is not None and not one.stream.lifecycle.ended)

    @property
    def answered(self) -> list[FakeEnvironment]:
        return self.those(lambda one: one.stream is not None and one.stream.lifecycle.ended)

    @property
    def waiting(self) -> list[InvocationStream]:
        """What has been accepted, is not over, and is with no environment."""
        held = [one.stream for one in self.environments]
        return [one for one in self.streams if not one.lifecycle.ended and one not in held]

    # What happens.

    @rule()
    def invoke(self) -> None:
        idle, alive = len(self.idle), len(self.alive)
        soon_idle = len(self.those(lambda one: one.soon_idle))
        waits = not idle and len(self.waiting) < soon_idle
        known = len(self.environments)
        try:
            self.streams.append(self.pool.invoke(new_request()))
        except TooManyRequests:
            assert not idle
            assert not waits
            assert alive >= self.limit
            return
        assert idle or waits or alive < self.limit
        assert len(self.environments) - known == (0 if idle or waits else 1)
        assert (self.streams[-1] in self.waiting) == waits

    @precondition(lambda self: self.working)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.working)).answer()

    @precondition(lambda self: self.answered)
    @rule(data=st.data())
    def next(self, data: st.DataObject) -> None:
        oldest = next(iter(self.waiting), None)
        environment = data.draw(st.sampled_from(self.answered))
        retiring = environment.state is EnvironmentState.RETIRING
        environment.next()
        if oldest and not retiring:
            assert environment.stream is oldest, "who has waited longest comes first"

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.alive)).end()

    @precondition(lambda self: len(self.alive) < len(self.environments))
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        """The process of one that has ended is taken away."""
        ended = self.those(lambda one: one.state is EnvironmentState.ENDING)
        environment = data.draw(st.sampled_from(ended))
        environment.end()
        self.environments.remove(environment)
        environment.listener.gone(environment)

    @precondition(lambda self: any(timer.pending for timer in self.timers))
    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        pending = [timer for timer in self.timers if timer.pending]
        idle, waiting, room = len(self.idle), len(self.waiting), self.limit - len(self.alive)
        timer = data.draw(st.sampled_from(pending))
        timer.fire()
        if timer.delay_s == IDLE_S:
            assert idle - 1 <= len(self.idle) <= idle, "only an idle environment expires"
        else:
            assert len(self.waiting) == max(0, waiting - max(0, room))

    @rule()
    def new_code(self) -> None:
        self.version += 1
        self.pool.replace(replace(WORDS, handler=f"v{self.version}"))
        assert not self.idle, "no environment with old code stays idle"

    # What always holds.

    @invariant()
    def no_more_than_allowed(self) -> None:
        assert len(self.alive) <= self.limit
        assert self.pool.alive == len(self.alive)

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        """Somebody is still to come by: one that turns idle, one that ends, or a timer."""
        if self.waiting:
            timer = any(one.pending and one.delay_s == SETTLE_S for one in self.timers)
            assert timer or self.environments
            assert not self.idle

    @invariant()
    def every_idle_one_has_its_time(self) -> None:
        pending = [one for one in self.timers if one.pending and one.delay_s == IDLE_S]
        assert len(pending) <= len(self.idle) + len(self.those(lambda one: one.died_idle))
        assert len(pending) >= len(self.idle)

    def teardown(self) -> None:
        if not hasattr(self, "pool"):
            return
        self.pool.close()
        assert all(stream.lifecycle.ended for stream in self.streams)
        assert not any(one.pending and one.delay_s == IDLE_S for one in self.timers)


PoolMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestPool = pytest.mark.slow(PoolMachine.TestCase)
