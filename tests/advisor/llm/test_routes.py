"""Which model serves: gates first, worth second, and not too often."""

from __future__ import annotations

import numpy as np
import pytest

from barfinex.advisor.llm.routes import (
    CALLS_MIN,
    DWELL_MIN,
    Call,
    Gates,
    Race,
    Route,
    called,
    decided,
    failing,
    pick,
    scored,
)

GATES = Gates(2000.0, 0.01)
GOOD = Call(True, False, 500.0, 0.005)


def race(*names: str, calls: int = CALLS_MIN) -> Race:
    found = Race(tuple(Route(name) for name in names), names[0])
    for name in names:
        for _ in range(calls):
            found = called(found, name, GOOD)
    return found


def with_gains(found: Race, gains: dict[str, float], labels: int, seed: int = 1) -> Race:
    rng = np.random.default_rng(seed)
    for _ in range(labels):
        for name, gain in gains.items():
            found = scored(found, name, float(np.clip(rng.normal(gain, 0.05), -1, 1)))
    return found


@pytest.mark.parametrize(
    ("bad", "count", "gate"),
    [
        (Call(False, False, 500.0, 0.005), 3, "valid"),
        (Call(True, True, 500.0, 0.005), 3, "hallucination"),
        (Call(True, False, 2001.0, 0.005), 6, "latency"),
        (Call(True, False, float("nan"), 0.005), 6, "latency"),
        (Call(True, False, 500.0, 0.6), 1, "cost"),
        (Call(True, False, 500.0, float("nan")), 1, "cost"),
    ],
)
def test_each_gate_holds_up_to_its_limit_and_no_further(bad: Call, count: int, gate: str) -> None:
    route = Route("a", (GOOD,) * (CALLS_MIN - count) + (bad,) * count)
    assert failing(route, GATES) == (gate,)
    if count > 1:
        one_less = Route("a", (GOOD,) * (CALLS_MIN - count + 1) + (bad,) * (count - 1))
        assert failing(one_less, GATES) == ()


def test_nothing_is_known_of_a_route_before_a_hundred_calls() -> None:
    assert failing(Route("a", (GOOD,) * 99), GATES) == ("calls",)
    young = race("a", "b", calls=99)
    assert decided(with_gains(young, {"a": -0.05, "b": 0.05}, 50), GATES)[1] is None


def test_the_better_route_serves_once_the_other_has_had_its_time() -> None:
    found = with_gains(race("a", "b"), {"a": 0.0, "b": 0.05}, 50)
    assert found.dwell == CALLS_MIN
    assert decided(found, GATES)[1] is None
    for _ in range(DWELL_MIN - CALLS_MIN):
        found = called(found, "a", GOOD)
    found, switched = decided(found, GATES)
    assert switched is not None
    assert (switched.before, switched.after, switched.reason) == ("a", "b", "score")
    assert (found.serving, found.dwell) == ("b", 0)


def test_a_route_that_fails_its_gates_does_not_keep_its_place() -> None:
    found = race("a", "b")
    for _ in range(5):
        found = called(found, "a", Call(True, True, 500.0, 0.005))
    _, switched = decided(found, GATES)
    assert switched is not None
    assert (switched.after, switched.reason) == ("b", "gates")


def test_a_route_that_is_surely_worse_is_out_for_good() -> None:
    found = with_gains(race("a", "b", "c"), {"a": 0.0, "b": 0.3, "c": 0.29}, 400)
    found, switched = decided(found, GATES)
    assert found.out == ("a",)
    assert switched is not None
    assert switched.after == "b"
    assert decided(with_gains(found, {"a": 0.9}, 50), GATES)[0].serving == "b"


def test_equal_routes_are_not_put_out() -> None:
    for seed in range(20):
        found = with_gains(race("a", "b"), {"a": 0.0, "b": 0.0}, 200, seed)
        assert decided(found, GATES)[0].out == ()


def test_the_score_forgets() -> None:
    route = with_gains(race("a"), {"a": 0.5}, 500)
    later = with_gains(route, {"a": -0.1}, 500).routes[0]
    assert later.score == pytest.approx(0.1, abs=0.02)
    assert later.gain.mean == pytest.approx(0.2, abs=0.02)


def test_one_shadow_call_in_ten_explores_by_the_seed() -> None:
    found = race("a", "b", "c", calls=1)
    picks = [pick(found, f"d{n}", 5, shadow=True) for n in range(5000)]
    assert picks == [pick(found, f"d{n}", 5, shadow=True) for n in range(5000)]
    assert sum(one.explored for one in picks) / 5000 == pytest.approx(0.1, abs=0.015)
    assert {one.route for one in picks if one.explored} == {"b", "c"}
    assert {one.route for one in picks if not one.explored} == {"a"}
    assert picks != [pick(found, f"d{n}", 6, shadow=True) for n in range(5000)]
    assert not any(pick(found, f"d{n}", 5, shadow=False).explored for n in range(500))


def test_calls_are_remembered_up_to_their_number() -> None:
    """I10: a hundred calls a route."""
    assert len(race("a", calls=150).routes[0].calls) == CALLS_MIN
