"""Time that only moves forward, and alerts in their order."""

from __future__ import annotations

import pytest

from barfinex.clock import Alert, SystemClock, VirtualClock, stopwatch_ns


def test_alerts_come_out_once_when_due_in_the_order_of_time_then_name() -> None:
    clock = VirtualClock()
    for at, name in [(20, "b"), (10, "z"), (20, "a"), (30, "late")]:
        clock.alert(at, name)
    assert clock.next_alert() == 10
    assert clock.due(9) == []
    assert clock.due(20) == [Alert(10, "z"), Alert(20, "a"), Alert(20, "b")]
    assert clock.due(20) == []
    assert clock.next_alert() == 30
    assert clock.due(99) == [Alert(30, "late")]
    assert clock.next_alert() is None


def test_an_alert_that_is_withdrawn_never_comes() -> None:
    clock = VirtualClock()
    for at, name in [(20, "b"), (10, "z"), (20, "b"), (30, "a")]:
        clock.alert(at, name)
    clock.withdraw(20, "b")
    clock.withdraw(99, "never asked for")
    assert clock.due(99) == [Alert(10, "z"), Alert(20, "b"), Alert(30, "a")]
    clock.alert(5, "late")
    clock.withdraw(5, "late")
    assert clock.next_alert() is None


def test_pending_alerts_are_bounded() -> None:
    """I10: asking for ever more alerts is an error, not a leak."""
    clock = VirtualClock()
    for at in range(100_000):
        clock.alert(at, "tick")
    with pytest.raises(OverflowError, match="100000"):
        clock.alert(1, "one more")


def test_virtual_time_stands_still_until_it_is_moved_and_never_goes_back() -> None:
    """I11: nothing but the driver moves it."""
    clock = VirtualClock(5)
    assert clock.now() == 5
    clock.move(5)
    clock.move(7)
    assert clock.now() == 7
    with pytest.raises(ValueError, match="cannot go back from 7 to 6"):
        clock.move(6)


def test_the_systems_clock_runs_as_fast_as_it_is_told_and_never_back() -> None:
    plain, fast = SystemClock(), SystemClock(speed=10_000.0)
    times = [fast.now() for _ in range(500)]
    assert times == sorted(times)
    began = stopwatch_ns()
    first, first_fast = plain.now(), fast.now()
    while stopwatch_ns() - began < 5_000_000:
        pass
    assert fast.now() - first_fast > 10 * (plain.now() - first)


def test_the_systems_clock_goes_on_where_a_faster_one_had_got_to() -> None:
    ahead = SystemClock().now() + 3_600_000
    assert 0 <= SystemClock(since=ahead).now() - ahead < 60_000
