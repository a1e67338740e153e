"""The pool against a small model: invoke, answer, next, crash, expire, new code, in any order.

The environments are played by the test, and so is the clock.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.phase import Environment, Events, Phase
from streambda.local.environments.pool import FunctionPool
from streambda.local.invocation import failures
from streambda.local.invocation.lifecycle import ResponseHead
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.functions import LocalFunction
from tests.support.local_functions import WORDS
from tests.support.pools import request

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


class Played:
    """An environment that does what the test says."""

    def __init__(self, function: LocalFunction, events: Events) -> None:
        self.function = function
        self.events = events
        self.phase = Phase.BUSY
        self.why = None
        self.stream: InvocationStream | None = None
        self.retired = False
        self.taken = 0
        self.died_idle = False  # nothing has told the pool yet

    @property
    def settling(self) -> bool:
        answered = self.stream is not None and self.stream.lifecycle.ended
        return answered and self.phase is Phase.BUSY and not self.retired

    def take(self, stream: InvocationStream) -> None:
        assert self.phase is Phase.IDLE or self.taken == 0, "given an invocation while busy"
        assert self.stream is None
        assert not self.retired, "given an invocation after its end was decided"
        self.phase, self.stream = Phase.BUSY, stream
        self.taken += 1
        stream.hand_out(0)

    def retire(self) -> None:
        self.retired = True
        if self.phase is Phase.IDLE:
            self.phase = Phase.ENDING

    def close(self) -> None:
        self.end()
        self.events.gone(self)

    def end(self) -> None:
        """As a crash or a time-out does."""
        self.died_idle = self.died_idle or self.phase is Phase.IDLE
        self.phase = Phase.ENDING
        if self.stream and not self.stream.lifecycle.ended:
            self.stream.fail(failures.exited("r", -9))
        self.stream = None

    def answer(self) -> None:
        assert self.stream is not None
        self.stream.respond(ResponseHead(content_type="text/plain"))
        self.stream.complete()

    def next(self) -> None:
        self.stream = None
        if self.retired:
            self.phase = Phase.ENDING
            return
        self.phase = Phase.IDLE
        self.events.idle(self)


class PoolMachine(RuleBasedStateMachine):
    @initialize(limit=st.integers(1, 3))
    def begin(self, limit: int) -> None:
        self.timers: list[Timer] = []
        self.environments: list[Played] = []
        self.streams: list[InvocationStream] = []
        self.version = 0
        self.limit = limit
        options = EnvironmentOptions(concurrency=limit, idle_s=IDLE_S, settle_s=SETTLE_S)
        self.pool = FunctionPool(WORDS, self.start, options, self.later)

    def start(self, function: LocalFunction, events: Events) -> Environment:
        self.environments.append(Played(function, events))
        return self.environments[-1]

    def later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        self.timers.append(Timer(delay_s, callback))
        return self.timers[-1]

    # What the model says of the world.

    def those(self, condition: Callable[[Played], bool]) -> list[Played]:
        return [one for one in self.environments if condition(one)]

    @property
    def alive(self) -> list[Played]:
        return self.those(lambda one: one.phase is not Phase.ENDING)

    @property
    def idle(self) -> list[Played]:
        return self.those(lambda one: one.phase is Phase.IDLE)

    @property
    def working(self) -> list[Played]:
        return self.those(lambda one: one.stream is not None and not one.stream.lifecycle.ended)

    @property
    def answered(self) -> list[Played]:
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
        settling = len(self.those(lambda one: one.settling))
        waits = not idle and len(self.waiting) < settling
        known = len(self.environments)
        try:
            self.streams.append(self.pool.invoke(request()))
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
        environment.next()
        if oldest and not environment.retired:
            assert environment.stream is oldest, "who has waited longest comes first"

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.alive)).end()

    @precondition(lambda self: len(self.alive) < len(self.environments))
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        """The process of one that has ended is taken away."""
        ended = self.those(lambda one: one.phase is Phase.ENDING)
        environment = data.draw(st.sampled_from(ended))
        environment.end()
        self.environments.remove(environment)
        environment.events.gone(environment)

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
        assert not self.those(lambda one: one.phase is Phase.IDLE), "old code is idle no more"

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
