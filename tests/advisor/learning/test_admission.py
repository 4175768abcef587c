"""Nothing is learned before its horizon, out of its order, or twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.learning.admission import Admission


def test_an_early_loss_waits_for_the_horizon_like_a_late_win():
    queue: Admission[bool] = Admission(100)
    queue.expect("a", 0)
    queue.expect("b", 10)
    queue.resolve("b", False)
    assert queue.admit(99) == ([], [])
    queue.resolve("a", True)
    assert queue.admit(100) == ([("a", True)], [])
    assert queue.admit(109) == ([], [])
    assert queue.admit(110) == ([("b", False)], [])


def test_order_is_that_of_the_decisions_whatever_the_order_of_arrival():
    queue: Admission[int] = Admission(100)
    for name, t0 in (("c", 30), ("a", 10), ("b2", 20), ("b1", 20)):
        queue.expect(name, t0)
        queue.resolve(name, t0)
    assert [name for name, _ in queue.admit(1_000)[0]] == ["a", "b1", "b2", "c"]


def test_only_the_first_outcome_of_an_expected_signal_counts():
    queue: Admission[str] = Admission(100)
    queue.resolve("a", "unknown")
    assert queue.expect("a", 0) is None
    assert queue.expect("a", 0) == "a"
    queue.resolve("a", "first")
    queue.resolve("a", "second")
    assert queue.admit(100) == ([("a", "first")], [])
    assert queue.expect("a", 0) == "a", "it has left and stays away"
    assert queue.late == 1


def test_when_full_the_oldest_is_dropped_counted_and_stays_away():
    queue: Admission[int] = Admission(100, pending_max=2)
    assert [queue.expect(name, at) for at, name in enumerate("abc")] == [None, None, "a"]
    assert (len(queue), queue.dropped) == (2, 1)
    queue.resolve("a", 0)
    assert queue.expect("a", 0) == "a"
    queue.resolve("b", 1)
    assert queue.admit(1_000) == ([("b", 1)], ["c"])
    assert queue.unresolved == 1


def test_what_was_admitted_by_a_process_before_leaves_once_and_stays_away():
    queue: Admission[int] = Admission(100)
    for at, name in enumerate("abcd"):
        queue.expect(name, at)
        queue.resolve(name, at)
    queue.leave("b")
    queue.leave("nobody")
    assert queue.expect("b", 1) == "b"
    assert queue.admit(1_000) == ([("a", 0), ("c", 2), ("d", 3)], [])
    assert queue.expect("a", 0) == "a"


@pytest.mark.parametrize(("horizon", "most"), [(0, 1), (1, 0)])
def test_a_queue_without_bounds_is_refused(horizon, most):
    with pytest.raises(ValueError, match="positive"):
        Admission(horizon, most)


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from("abcdefgh"), st.booleans()), max_size=60))
def test_no_signal_is_admitted_twice_or_out_of_order(steps):
    queue: Admission[int] = Admission(10, pending_max=4)
    admitted: list[tuple[int, str]] = []
    t0s: dict[str, int] = {}
    for now, name, resolves in sorted(steps, key=lambda step: step[0]):
        t0s.setdefault(name, now)
        queue.expect(name, t0s[name])
        if resolves:
            queue.resolve(name, now)
        for left, _ in queue.admit(now)[0]:
            assert t0s[left] + 10 <= now
            admitted.append((t0s[left], left))
        assert len(queue) <= 4
    assert admitted == sorted(set(admitted))
