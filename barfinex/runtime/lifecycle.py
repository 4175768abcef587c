"""The states a module can be in, as one table."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOOD_DOWN = "stood_down"
    STOPPED = "stopped"


class Step(StrEnum):
    READY = "ready"
    FAULT = "fault"
    BUDGET_SPENT = "budget_spent"
    STOP = "stop"


TABLE: dict[tuple[State, Step], State] = {
    (State.STARTING, Step.READY): State.RUNNING,
    (State.STARTING, Step.FAULT): State.RESTARTING,
    (State.RUNNING, Step.FAULT): State.RESTARTING,
    (State.RUNNING, Step.STOP): State.STOPPED,
    (State.RESTARTING, Step.READY): State.RUNNING,
    (State.RESTARTING, Step.FAULT): State.RESTARTING,
    (State.RESTARTING, Step.BUDGET_SPENT): State.STOOD_DOWN,
    (State.RESTARTING, Step.STOP): State.STOPPED,
    (State.STOOD_DOWN, Step.STOP): State.STOPPED,
}


def after(state: State, step: Step) -> State:
    """Raises ValueError when the table has no such step."""
    try:
        return TABLE[state, step]
    except KeyError:
        raise ValueError(f"a module cannot go through {step} while {state}") from None
