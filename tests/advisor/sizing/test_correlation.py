"""The same bet twice is one bet."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.sizing.correlation import HELD_MAX, Cut, Held, capped, fitted


def known(rho: float | None):
    return lambda a, b: rho


def test_of_a_correlated_pair_the_one_that_expects_less_gives_way() -> None:
    held = (Held("x", "A", 0.02, 0.1), Held("y", "B", 0.03, 0.4))
    left, cuts = capped(held, known(0.9))
    assert [one.size for one in left] == [pytest.approx(0.01), 0.03]
    assert cuts == (Cut(("y", "x"), 0.9, 0.02, left[0].size),)


@pytest.mark.parametrize(
    ("rho", "share"), [(0.5, 1.0), (0.8, 1.0), (0.85, 0.75), (1.0, 0.0), (None, 0.0), (nan, 0.0)]
)
def test_nothing_jumps_at_the_cap_and_the_unknown_is_the_same_bet(rho: float | None, share: float) -> None:
    left, _ = capped((Held("x", "A", 1.0, 0.4), Held("y", "B", 1.0, 0.1)), known(rho))
    assert left[1].size == pytest.approx(share)


def test_a_hedge_is_left_alone_but_not_one_that_is_only_hoped_for() -> None:
    held = (Held("x", "A", 1.0, 0.4), Held("y", "B", -1.0, 0.1))
    assert capped(held, known(0.95)) == (held, ())
    assert capped(held, known(-0.95))[0][1].size == pytest.approx(-0.25)
    assert capped(held, known(None))[0][1].size == 0.0


def test_two_of_one_instrument_are_one() -> None:
    left, _ = capped((Held("x", "A", 1.0, 0.1), Held("y", "A", 1.0, 0.2)), known(0.0))
    assert [one.size for one in left] == [0.0, 1.0]


def test_what_expects_no_number_gives_way_first() -> None:
    left, _ = capped((Held("x", "A", 1.0, nan), Held("y", "B", 1.0, -5.0)), known(1.0))
    assert [one.size for one in left] == [0.0, 1.0]


def test_the_most_correlated_pair_comes_first_and_what_is_gone_reduces_nobody() -> None:
    rho = {("A", "B"): 1.0, ("A", "C"): 0.5, ("B", "C"): 0.9}
    held = (Held("a", "A", 1.0, 0.3), Held("b", "B", 1.0, 0.2), Held("c", "C", 1.0, 0.1))
    left, cuts = capped(held, lambda a, b: rho[a, b])
    assert [one.size for one in left] == [1.0, 0.0, 1.0]
    assert [cut.pair for cut in cuts] == [("a", "b")]


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-2, 2)), max_size=8), st.floats(-1, 1))
def test_nobody_grows_turns_or_loses_the_best(rows: list[tuple[float, float]], rho: float) -> None:
    held = tuple(Held(f"p{k}", f"I{k}", size, ev) for k, (size, ev) in enumerate(rows))
    left, _ = capped(held, known(rho))
    for before, after in zip(held, left, strict=True):
        assert 0.0 <= after.size * np.sign(before.size) <= abs(before.size)
    holding = [k for k, one in enumerate(held) if one.size]
    if holding:
        best = max(holding, key=lambda k: held[k].expected_r)
        assert left[best] == held[best]


def test_a_wish_gives_way_to_all_that_is_held_whichever_expects_more() -> None:
    rho = {"A": 0.9, "B": 0.85, "C": 0.8}
    held = tuple(Held(name.lower(), name, 1.0) for name in rho)
    wish = Held("w", "W", 0.04, 9.0)
    left, cuts = fitted(wish, held, lambda a, b: rho[a])
    assert left.size == pytest.approx(0.04 * 0.5 * 0.75)
    assert [(cut.pair, cut.rho) for cut in cuts] == [(("a", "w"), 0.9), (("b", "w"), 0.85)]
    assert (cuts[0].before, cuts[0].after) == (0.04, cuts[1].before)


def test_a_wish_beside_a_hedge_or_nothing_is_whole() -> None:
    wish = Held("w", "W", -0.04)
    for beside in ((), (Held("a", "A", 1.0),), (Held("a", "A", 0.0),)):
        assert fitted(wish, beside, known(0.99)) == (wish, ())
    assert fitted(wish, (Held("a", "A", -1.0),), known(0.99))[0].size == pytest.approx(-0.002)
    assert fitted(wish, (Held("a", "A", 1.0),), known(None))[0].size == 0.0


@given(st.lists(st.floats(-1, 1), max_size=8), st.floats(-1, 1), st.floats(-1, 1))
def test_a_wish_neither_grows_nor_turns(sizes: list[float], own: float, rho: float) -> None:
    held = tuple(Held(f"p{k}", f"I{k}", size) for k, size in enumerate(sizes))
    left, cuts = fitted(Held("w", "W", own), held, known(rho))
    assert 0.0 <= left.size * np.sign(own) <= abs(own)
    assert all(0.0 <= cut.after <= cut.before for cut in cuts)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="size nan of x"):
        capped((Held("x", "A", nan, 0.1),), known(0.0))
    with pytest.raises(ValueError, match="rho_max"):
        capped((), known(0.0), 1.0)
    with pytest.raises(ValueError, match="positions"):
        capped([Held("x", "A", 1.0, 0.1)] * 257, known(0.0))
    with pytest.raises(ValueError, match="size inf of w"):
        fitted(Held("w", "W", inf), (), known(0.0))
    with pytest.raises(ValueError, match="positions"):
        fitted(Held("w", "W", 1.0), [Held("x", "A", 1.0)] * HELD_MAX, known(0.0))
