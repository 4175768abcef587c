"""Fifty proposals at once, in any order, some filled, lost or refused meanwhile: never above a limit (R8)."""

from __future__ import annotations

import os
from decimal import Decimal

import numpy as np
import pytest

from barfinex.config import GroupConfig, InspectorConfig, SizingConfig
from barfinex.domain.signal import Direction
from barfinex.events.inspector import IntentApproved
from barfinex.events.provider import OrderUnconfirmed
from tests.inspector.story import BTC, D, Story, intent, names

SEEDS = min(int(os.environ.get("BARFINEX_SEEDS", "12")), 1_000)
PROPOSALS = 50


class Worst:
    """The oracle: everything that was ever approved counts until it is rejected, in the test's own words."""

    def __init__(self) -> None:
        self.live: dict[str, tuple[str, Decimal]] = {}

    def total(self, strategy: str | None = None) -> Decimal:
        held = (value for name, value in self.live.values() if strategy in (None, name))
        return sum(held, D(0))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_fifty_racing_proposals_never_overshoot(seed: int) -> None:
    """R8, R9: open, in flight and UNKNOWN orders count as if all of them filled."""
    rng = np.random.Generator(np.random.PCG64(seed))
    cap, each, share = (D(int(rng.integers(low, high))) for low, high in ((8, 30), (3, 9), (10, 40)))
    limits = InspectorConfig(
        position_notional_max=cap * 100,
        strategy_notional_max=each * 100,
        gross_exposure_max=share / 1_000,
        open_positions_max=int(rng.integers(5, 40)),
        group_positions_max=1_000,
        groups=(GroupConfig(name="g", instruments=(BTC,)),),
    )
    story = Story(limits, SizingConfig(method="units", units=D(int(rng.integers(1, 4)))))
    story.price(100.0)
    worst, approved = Worst(), 0
    for number in range(PROPOSALS):
        wish = intent(f"r{number}", strategy=f"s{rng.integers(12)}", direction=Direction.LONG)
        verdict = story.propose(wish)
        if isinstance(verdict[-1], IntentApproved):
            approved += 1
            order = verdict[-1].approval.order
            worst.live[order.id] = (wish.strategy, order.quantity * 100)
            happen(story, rng, order.id, worst)
        assert worst.total() <= min(cap * 100, share * 100), number
        assert all(worst.total(name) <= each * 100 for name, _ in worst.live.values())
        assert len(worst.live) <= limits.open_positions_max
    assert approved
    assert set(names(story.propose(intent("last", strategy="last")))) <= {"IntentApproved", "IntentRefused"}


def happen(story: Story, rng: np.random.Generator, order_id: str, worst: Worst) -> None:
    """What the venue makes of it: nothing yet, all, a part, nobody knows, or no."""
    what = rng.choice(["waits", "fills", "part", "unknown", "rejected"])
    if what == "rejected":
        story.reject(order_id)
        del worst.live[order_id]
    elif what == "unknown":
        story.submit(order_id)
        story.feed(OrderUnconfirmed(instrument=BTC, order_id=order_id, reason="no answer"))
    elif what != "waits":
        story.submit(order_id)
        quantity = story.book.orders[order_id].remaining
        story.fill(order_id, "100", str(quantity if what == "fills" else quantity / 2))
