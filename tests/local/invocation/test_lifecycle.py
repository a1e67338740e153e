"""The state table: what is in it happens, what is not is refused and changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda.local.invocation.lifecycle import (
    ENDED,
    TRANSITIONS,
    IllegalTransition,
    Lifecycle,
    State,
    Step,
)

TO_REACH: dict[State, list[Step]] = {
    State.QUEUED: [],
    State.SENT: [Step.HAND_OUT],
    State.STREAMING: [Step.HAND_OUT, Step.RESPOND],
    State.COMPLETED: [Step.HAND_OUT, Step.RESPOND, Step.COMPLETE],
    State.FAILED: [Step.FAIL],
    State.TIMED_OUT: [Step.HAND_OUT, Step.TIME_OUT],
}


def reached(state: State) -> Lifecycle:
    lifecycle = Lifecycle()
    for step in TO_REACH[state]:
        lifecycle.take(step)
    return lifecycle


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_every_step_from_every_state(state: State, step: Step) -> None:
    lifecycle = reached(state)

    if (state, step) in TRANSITIONS:
        lifecycle.take(step)
        assert lifecycle.state is TRANSITIONS[state, step]
        return
    with pytest.raises(IllegalTransition, match=f"{state.name} cannot {step.name}"):
        lifecycle.take(step)
    assert lifecycle.state is state


@given(st.lists(st.sampled_from(Step)))
def test_an_end_is_final(steps: list[Step]) -> None:
    lifecycle = Lifecycle()
    end: State | None = None
    for step in steps:
        try:
            lifecycle.take(step)
        except IllegalTransition:
            continue
        assert end is None, "moved on from an end"
        if lifecycle.ended:
            end = lifecycle.state
    assert lifecycle.ended == (lifecycle.state in ENDED)
