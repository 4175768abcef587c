"""Ten thousand random orders against an oracle of its own: none passes that should not (R5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from barfinex.config import InspectorConfig
from barfinex.domain.instrument import Instrument
from barfinex.domain.money import exact
from barfinex.inspector.policies import POLICIES, judge
from barfinex.inspector.proposal import Proposal
from tests.inspector.policy_cases import book, forged, proposal, with_
from tests.inspector.story import BTC, NOON, D, intent

ORDERS = 10_000
LIMITS = InspectorConfig(price_collar=D("0.02"), order_notional_max=D(5_100), position_notional_max=D(4_000))
RULES = Instrument(
    BTC,
    tick=D("0.01"),
    lot=D("0.1"),
    quantity_min=D("0.2"),
    notional_min=D(25),
    quantity_max=D(45),
)
ODD = ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity", "-0", "0", "1e999", "-1e999", "1e-400", "5e-324"]
PURSES = (100_000, 3_000, "NaN", "Infinity")
ODD_FLOATS = [float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 1e308, 5e-324, -1.0, 1.0]


def order(rng: np.random.Generator) -> Proposal:
    """Mostly near the limits; in one field of three something that is no number, or off the grid."""

    def pick(usual: float, odd: list[Any]) -> Any:
        return odd[rng.integers(len(odd))] if rng.random() < 0.12 else usual

    grid = D("0.1") if rng.random() < 0.8 else D("0.01")
    quantity = D(str(pick(float(D(int(rng.integers(-2, 500))) * grid), ODD)))
    price = D(str(pick(round(float(rng.uniform(96, 104)), 2), ODD)))
    stop = float(pick(float(rng.uniform(0.001, 0.3)), ODD_FLOATS))
    mark = float(pick(100.0, ODD_FLOATS))
    age = int(rng.integers(0, 80_000))
    made = proposal(intent=intent(bracket=forged(stop)), instrument=RULES, quantity=quantity, price=price)
    return made._replace(mark=(mark, NOON - age))


def sound(asked: Proposal, equity: Decimal) -> bool:
    """What a careful person would let through, in other words than the policies."""
    assert asked.mark is not None
    assert asked.price is not None
    assert asked.intent.bracket is not None
    quantity, price, (mark, at) = asked.quantity, asked.price, asked.mark
    stop = asked.intent.bracket.stop
    numbers = (quantity, price, D(mark), D(stop), equity)
    if not all(number.is_finite() for number in numbers):
        return False
    units = quantity / D("0.1")
    value = quantity * price
    return (
        D("0.2") <= quantity <= 45
        and units == units.to_integral_value()
        and 25 <= value <= 4_000
        and value * D("1.02") <= 5_100
        and mark > 0
        and abs(price - exact(mark)) <= D("0.02") * exact(mark)
        and 0 < stop < 1
        and value * exact(stop) <= D("0.02") * equity
        and NOON - at <= 70_000
        and value <= equity * D("0.95") * 4
    )


def test_no_order_passes_that_should_not_and_none_is_kept_back_that_should_pass() -> None:
    """R5, I4: NaN, infinities, minus zero, 1e999, off the lot, below and above every limit."""
    rng = np.random.Generator(np.random.PCG64(20))
    passed, made = 0, book()
    for _ in range(ORDERS):
        asked, equity = order(rng), D(str(PURSES[rng.choice(4, p=[0.9, 0.06, 0.02, 0.02])]))
        peak = equity if equity.is_finite() else D(100_000)
        with_(made, equity=equity, peak=peak)
        made.account.counters.day_equity = made.account.counters.week_equity = peak
        _, breaches = judge(POLICIES, asked, made, LIMITS)
        assert bool(breaches) is not sound(asked, equity), (asked, equity, breaches)
        passed += not breaches
    assert ORDERS / 20 < passed < ORDERS / 2
