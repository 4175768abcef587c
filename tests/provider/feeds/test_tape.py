"""The tape: each trade once, gaps named and bounded, one absurd number believed by nobody."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from barfinex.provider.feeds.tape import GAPS_MAX, Tape
from barfinex.provider.streams.messages import Print

T0 = 1_700_000_000_000


def trade(number: int | str, ts: int | None = None) -> Print:
    at = ts if ts is not None else T0 + (number if isinstance(number, int) else 0)
    return Print("BTC-USDT", number, at, 100.0, 1.0, "buy")


def test_a_number_that_is_too_far_ahead_is_not_believed_and_costs_no_other_trade() -> None:
    tape = Tape()
    assert [tape.take(trade(one)) for one in (1, 2, 3)] == [True] * 3
    assert not tape.take(trade(10**15, T0 + 4))
    assert [tape.take(trade(one)) for one in (4, 5)] == [True] * 2
    assert (tape.missing, tape.lost, tape.last) == ({}, 1, 5)


@pytest.mark.parametrize("anew", [1, 10**9])
def test_an_exchange_that_numbers_anew_is_followed_from_the_second_trade_on(anew: int) -> None:
    tape = Tape()
    for one in range(1_000, 1_010):
        tape.take(trade(one))
    later = [trade(anew + k, T0 + 5_000 + k) for k in range(4)]
    assert [tape.take(one) for one in later] == [False, True, True, True]
    assert (tape.missing, tape.lost) == ({}, 1)


def test_an_old_number_is_a_repeat_however_long_ago_it_was() -> None:
    tape = Tape()
    for one in range(10_000):
        assert tape.take(trade(one))
    assert not any(tape.take(trade(one)) for one in (0, 1, 5_000, 9_999))
    assert tape.repeated == 4


def test_gaps_are_bounded_and_the_oldest_is_given_up() -> None:
    tape = Tape()
    for one in range(0, 2 * 10_000, 2):
        tape.take(trade(one))
    assert len(tape.missing) == GAPS_MAX
    assert tape.lost == 10_000 - 1 - GAPS_MAX


def test_only_what_was_asked_for_is_given_up() -> None:
    tape = Tape()
    for one in (1, 5, 10):
        tape.take(trade(one))
    tape.give_up(2, 4)
    assert (tape.missing, tape.lost) == ({6: 9}, 3)
    assert tape.take(trade(7, T0 + 7))
    assert tape.missing == {6: 6, 8: 9}


def test_what_is_dropped_repeated_and_out_of_order_comes_out_once() -> None:
    """Each trade once, whatever the stream did, as long as the gaps were filled in the end."""
    draw = np.random.Generator(np.random.PCG64(3))
    tape, got = Tape(), Counter[Any]()
    waiting = [trade(one) for one in range(5_000)]
    while waiting:
        index = int(draw.integers(0, min(4, len(waiting)))) if draw.random() < 0.1 else 0
        one = waiting.pop(index)
        if draw.random() < 0.02:
            continue  # Dropped.
        for _ in range(1 + int(draw.random() < 0.05)):
            got[one.id] += tape.take(one)
        for first, last in list(tape.missing.items()) if draw.random() < 0.05 else ():
            for number in range(first, last + 1):
                got[number] += tape.take(trade(number))
    assert set(got) >= set(range(1, 4_990))
    assert set(got.values()) <= {0, 1}
    assert sum(got.values()) + sum(b - a + 1 for a, b in tape.missing.items()) + tape.lost >= 4_995
