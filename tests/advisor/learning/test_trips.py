"""What a decision is watched at: the price that could be had, and the costs that are still to come."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from barfinex.domain.signal import Direction
from tests.advisor.builders import market
from tests.advisor.told import decision
from tests.advisor.watching import Hall, made, now_of


@pytest.mark.parametrize("wrong", [{"stop": 0.0}, {"cost": 1.0}, {"cost": 2.0}, {"entry": 0.0}])
def test_where_nothing_can_be_traded_nothing_is_watched(wrong: dict[str, float]) -> None:
    """Failed before: a spread wider than the price raised out of the decision it was declined for."""
    hall = Hall()
    hall.close(market(np.full(40, 100.0)).block(0, 5))
    hall.expect(decision(1, 4, **wrong))
    assert len(hall.room) == 0
    assert hall.room.admit(now_of(60)) == []


@pytest.mark.parametrize(("side", "sign"), [(Direction.LONG, 1), (Direction.SHORT, -1)])
def test_what_the_entry_has_paid_is_not_paid_again(side: Direction, sign: int) -> None:
    """By hand: bid 99.90, ask 100.10, so 20 bps of spread; fee 5 and slippage 2 bps a fill. A round trip
    costs 20 + 2 x (5 + 2) = 34 bps, of which 10 lie between the middle and the far side, and 2 between that
    and the fill. From there the target is 4 % away and the stop 2 %; what comes are 10 bps to leave on the
    other side, 2 to slip again, and the fees of 10.

    Failed before: all 34 were taken off again, then 24."""
    middle = 100.0
    entry = middle * (1.0 + sign * 0.001)
    moved = np.concatenate((np.full(5, middle), np.full(10, entry * (1.0 + sign * 0.0395))))
    hall = Hall()
    hall.close(market(np.full(40, middle)).block(0, 5))
    hall.expect(decision(1, 4, direction=side, entry=entry, mid=middle, cost=0.0034, slippage=0.0002))
    hall.close(market(moved).block(5, 15))
    (result,) = hall.room.admit(now_of(60))
    assert result.barrier == "target"
    assert result.r_net == pytest.approx((0.04 - 0.0022) / 0.02)


@pytest.mark.parametrize("middle", [0.0, -1.0])
def test_without_a_middle_price_there_is_nothing_to_follow(middle: float) -> None:
    hall = Hall()
    hall.expect(decision(1, 4, mid=middle))
    assert len(hall.room) == 0


def test_a_stop_that_costs_drown_teaches_nothing() -> None:
    hall = Hall()
    series = market(np.full(40, 100.0))
    hall.close(series.block(0, 10))
    hall.expect(replace(made(series, 9), stop=1e-9, cost=0.001))
    assert len(hall.room) == 0
    hall.expect(replace(made(series, 9), stop=0.0))
    assert len(hall.room) == 0
