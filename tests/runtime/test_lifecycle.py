"""The states of a module are one table."""

from __future__ import annotations

import pytest

from barfinex.runtime.lifecycle import TABLE, State, Step, after


def test_every_state_can_be_reached_and_left_until_it_is_stopped() -> None:
    reached = {State.STARTING} | set(TABLE.values())
    assert reached == set(State)
    assert {state for state, _ in TABLE} == set(State) - {State.STOPPED}


@pytest.mark.parametrize(
    ("state", "step"),
    [(State.STOPPED, Step.READY), (State.RUNNING, Step.READY), (State.STOOD_DOWN, Step.READY)],
)
def test_a_step_that_is_not_in_the_table_is_an_error(state: State, step: Step) -> None:
    with pytest.raises(ValueError, match=f"{step} while {state}"):
        after(state, step)


def test_what_stood_down_only_stops() -> None:
    assert [step for state, step in TABLE if state is State.STOOD_DOWN] == [Step.STOP]
