"""An outcome is the sum of its parts, and a chain of decisions the sum of its links."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.value.outcome import Chain, Leg, outcome
from barfinex.domain.signal import Direction

PRICES = st.floats(50.0, 150.0)
LEGS = st.builds(Leg, PRICES, PRICES, PRICES)
SIZES = st.one_of(st.just(0.0), st.floats(1e-4, 0.1))


def test_a_long_in_its_parts() -> None:
    found = outcome(
        Direction.LONG, Leg(100.0, 100.1, 100.3), Leg(104.0, 103.9, 103.8), 2.0, fees=0.2, funding=-0.1
    )
    assert found.move == pytest.approx(2.0)
    assert found.spread == pytest.approx(0.1)
    assert found.slippage == pytest.approx(0.15)
    assert (found.fees, found.funding) == (0.1, -0.05)
    assert found.r_net == pytest.approx((103.8 - 100.3 - 0.2 + 0.1) / 2.0)


def test_a_short_pays_on_the_other_side_and_a_better_price_counts() -> None:
    found = outcome(
        Direction.SHORT, Leg(100.0, 99.9, 99.95), Leg(98.0, 98.1, 98.1), 1.0, fees=0.0, funding=0.0
    )
    assert found.move == pytest.approx(2.0)
    assert found.spread == pytest.approx(0.2)
    assert found.slippage == pytest.approx(-0.05)


@given(st.sampled_from(Direction), LEGS, LEGS, st.floats(0.1, 20.0), st.floats(-1, 1), st.floats(-1, 1))
def test_the_parts_add_up_to_fill_to_fill(
    direction: Direction, entry: Leg, out: Leg, stop: float, fees: float, funding: float
) -> None:
    found = outcome(direction, entry, out, stop, fees=fees, funding=funding)
    paid = direction.sign * (out.fill - entry.fill) - fees - funding
    assert found.r_net == pytest.approx(paid / stop, abs=1e-9)


@pytest.mark.parametrize("bad", [nan, inf])
def test_bad_numbers_are_named(bad: float) -> None:
    good = Leg(1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="exit"):
        outcome(Direction.LONG, good, Leg(1.0, bad, 1.0), 1.0, fees=0.0, funding=0.0)
    with pytest.raises(ValueError, match="fees and funding"):
        outcome(Direction.LONG, good, good, 1.0, fees=0.0, funding=bad)
    with pytest.raises(ValueError, match="stop_distance"):
        outcome(Direction.LONG, good, good, bad, fees=0.0, funding=0.0)
    with pytest.raises(ValueError, match="without a risk"):
        outcome(Direction.LONG, good, good, 0.0, fees=0.0, funding=0.0)


def test_each_link_is_seen_where_it_works() -> None:
    chain = Chain()
    chain.add(2.0, planned=0.02, advised=0.02, approved=0.02)  # taken, at twice the usual
    chain.add(1.0, planned=0.01, advised=0.01, approved=0.0)  # the Inspector stopped a winner
    chain.add(-1.0, planned=0.01, advised=0.0, approved=0.0)  # the LLM stopped a loser
    chain.add(-1.0, planned=0.0, advised=0.0, approved=0.0)  # the rules declined a loser
    found = chain.worth()
    flat = 0.04 / 3.0
    assert (found.seen, found.taken) == (4, 3)
    assert found.flat == pytest.approx(flat)
    assert found.signals == pytest.approx(3 * 0.25)
    assert found.selection == pytest.approx(2.0 - 0.75)
    assert found.sizing == pytest.approx(0.04 / flat - 2.0)
    assert found.llm == pytest.approx(0.01 / flat)
    assert found.inspector == pytest.approx(-0.01 / flat)


@given(st.lists(st.tuples(st.floats(-3, 6), SIZES, SIZES, SIZES), max_size=30))
def test_the_links_add_up_to_what_was_realised(rows: list[tuple[float, float, float, float]]) -> None:
    chain = Chain()
    for row in rows:
        chain.add(*row)
    found = chain.worth()
    links = found.signals + found.selection + found.sizing + found.llm + found.inspector
    assert links == pytest.approx(found.realised, abs=1e-6)
    if found.taken:
        assert found.realised * found.flat == pytest.approx(sum(r * a for r, _, _, a in rows), abs=1e-9)


@pytest.mark.parametrize(
    "row", [(nan, 0.1, 0.1, 0.1), (1.0, -0.1, 0.1, 0.1), (1.0, 0.1, nan, 0.1), (1.0, 0.1, 0.1, inf)]
)
def test_what_is_no_number_is_not_added(row: tuple[float, float, float, float]) -> None:
    chain = Chain()
    with pytest.raises(ValueError, match="finite"):
        chain.add(*row)
    assert chain.worth().seen == 0
