"""Every state of an execution environment with every step: legal by the table, or refused."""

from itertools import product

import pytest

from streambda.local.environments.lifecycle import (
    TRANSITIONS,
    EnvironmentLifecycle,
    IllegalStep,
)
from streambda.local.environments.lifecycle import EnvironmentState as State
from streambda.local.environments.lifecycle import EnvironmentStep as Step

# A way from STARTING to each state.
PATHS: dict[State, tuple[Step, ...]] = {
    State.STARTING: (),
    State.IDLE: (Step.WAIT,),
    State.BUSY: (Step.WAIT, Step.TAKE),
    State.RETIRING: (Step.RETIRE,),
    State.ENDING: (Step.END,),
}


def reach(state: State) -> EnvironmentLifecycle:
    lifecycle = EnvironmentLifecycle()
    for step in PATHS[state]:
        lifecycle.take(step)
    assert lifecycle.state is state
    return lifecycle


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_a_step_is_legal_or_refused(state: State, step: Step) -> None:
    lifecycle = reach(state)
    if after := TRANSITIONS.get((state, step)):
        lifecycle.take(step)
        assert lifecycle.state is after
        return
    with pytest.raises(IllegalStep, match=f"that is {state.name} cannot {step.name}"):
        lifecycle.take(step)
    assert lifecycle.state is state


@pytest.mark.parametrize("state", State)
def test_every_environment_can_end_and_be_retired(state: State) -> None:
    assert TRANSITIONS[state, Step.END] is State.ENDING
    assert TRANSITIONS[state, Step.RETIRE] in {State.RETIRING, State.ENDING}


def test_what_ends_stays_ended() -> None:
    after_end = {after for (before, _), after in TRANSITIONS.items() if before is State.ENDING}
    assert after_end == {State.ENDING}


def test_what_retires_never_gets_idle() -> None:
    after = {after for (before, _), after in TRANSITIONS.items() if before is State.RETIRING}
    assert after == {State.RETIRING, State.ENDING}


@pytest.mark.parametrize("state", [State.BUSY, State.RETIRING, State.ENDING])
def test_an_invocation_is_given_only_to_what_is_idle_or_starts(state: State) -> None:
    assert (state, Step.TAKE) not in TRANSITIONS


def test_the_cold_start_takes_an_invocation_along() -> None:
    lifecycle = EnvironmentLifecycle()
    seen = []
    for step in (Step.TAKE, Step.BEGIN, Step.WAIT, Step.TAKE, Step.RETIRE, Step.WAIT):
        lifecycle.take(step)
        seen.append(lifecycle.state)

    assert seen == [
        State.STARTING,
        State.BUSY,
        State.IDLE,
        State.BUSY,
        State.RETIRING,
        State.ENDING,
    ]
