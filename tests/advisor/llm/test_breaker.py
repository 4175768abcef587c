"""A failing route is left alone, then tried with one call."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.llm.breaker import COOLDOWN_MAX_MS, COOLDOWN_MS, Breaker, Turn, admitted, recorded

NEW = Breaker(2500.0)
GOOD: dict[str, Any] = {"failed": False, "latency_ms": 100.0}
BAD: dict[str, Any] = {"failed": True, "latency_ms": 100.0}


def after(calls: list[dict[str, Any]], breaker: Breaker = NEW) -> tuple[Breaker, list[tuple[int, Turn]]]:
    """The state after the calls, one a second, and the turns with the call that made them."""
    turns = []
    for at, call in enumerate(calls):
        breaker, turn = recorded(breaker, 1000 * at, **call)
        turns += [(at, turn)] if turn else []
    return breaker, turns


@pytest.mark.parametrize(
    ("calls", "at", "cause"),
    [
        ([BAD] * 5, 4, "consecutive failures"),
        ([GOOD, BAD, BAD] * 4, 10, "failure rate"),
        ([GOOD] * 18 + [GOOD | {"latency_ms": 2501.0}] * 2, 19, "latency"),
        ([GOOD] * 18 + [GOOD | {"latency_ms": nan}] * 2, 19, "latency"),
        ([GOOD | {"hallucinated": True}] * 6, 5, "hallucination rate"),
    ],
)
def test_a_route_opens(calls: list[dict[str, Any]], at: int, cause: str) -> None:
    breaker, turns = after(calls)
    assert [(when, turn.cause, turn.cooldown_ms) for when, turn in turns] == [(at, cause, COOLDOWN_MS)]
    assert breaker.open_until == 1000 * at + COOLDOWN_MS


@pytest.mark.parametrize(
    "calls",
    [[BAD] * 4, [GOOD, GOOD, GOOD, BAD] * 20, [GOOD | {"latency_ms": inf}] + [GOOD] * 60,
     ([GOOD | {"hallucinated": True}] + [GOOD] * 11) * 10],
)  # fmt: skip
def test_a_route_within_its_limits_stays_closed(calls: list[dict[str, Any]]) -> None:
    breaker, turns = after(calls)
    assert turns == []
    assert admitted(breaker, 10**6)[1]


def test_an_open_route_lets_one_probe_through_when_its_time_is_over() -> None:
    breaker, _ = after([BAD] * 5)
    until = breaker.open_until
    assert until is not None
    assert not admitted(breaker, until - 1)[1]
    probing, goes = admitted(breaker, until)
    assert goes
    assert not admitted(probing, until + 1)[1]
    closed, turn = recorded(probing, until + 500, **GOOD)
    assert closed == NEW
    assert turn == Turn(None, downtime_ms=until + 500 - 4000)


def test_a_probe_that_is_lost_gives_way_to_another() -> None:
    breaker, _ = after([BAD] * 5)
    probing, _ = admitted(breaker, 100_000)
    assert not admitted(probing, 100_000 + COOLDOWN_MS - 1)[1]
    assert admitted(probing, 100_000 + COOLDOWN_MS)[1]


def test_each_failed_probe_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    breaker, _ = after([BAD] * 5)
    waits, now = [], 0
    for _ in range(6):
        assert breaker.open_until is not None
        now = breaker.open_until
        breaker, _ = admitted(breaker, now)
        breaker, turn = recorded(breaker, now, **BAD)
        assert turn is not None
        waits.append(turn.cooldown_ms)
    assert waits == [120_000, 240_000, 480_000, COOLDOWN_MAX_MS, COOLDOWN_MAX_MS, COOLDOWN_MAX_MS]
    breaker, _ = admitted(breaker, now + COOLDOWN_MAX_MS)
    _, turn = recorded(breaker, now + COOLDOWN_MAX_MS, **GOOD)
    assert turn == Turn(None, downtime_ms=now + COOLDOWN_MAX_MS - 4000)


def test_a_straggler_of_before_the_opening_changes_nothing() -> None:
    breaker, _ = after([BAD] * 5)
    assert recorded(breaker, 5000, **GOOD) == (breaker, None)


@given(calls=st.lists(st.tuples(st.booleans(), st.floats(0, 5000), st.booleans()), max_size=200))
def test_the_state_stays_bounded(calls: list[tuple[bool, float, bool]]) -> None:
    """I10: twenty and fifty calls are remembered, and the wait has an end."""
    breaker = NEW
    for at, (failed, latency_ms, hallucinated) in enumerate(calls):
        breaker, _ = admitted(breaker, at * 30_000)
        breaker, _ = recorded(
            breaker, at * 30_000, failed=failed, latency_ms=latency_ms, hallucinated=hallucinated
        )
        assert len(breaker.failed) <= 20
        assert len(breaker.faults) <= 50
        assert breaker.cooldown_ms <= COOLDOWN_MAX_MS
