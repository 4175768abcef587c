"""What book and trades did while a candle formed."""

from __future__ import annotations

from barfinex.domain.value import Value


class BookFlow(Value, frozen=True):
    """The order book over one candle. `spread_bps` and the imbalances are averages over its samples: bids
    less asks over both, in quote units, of the best 1, 5 and 10 levels, in [-1, 1]; `depth_10` is the thinner
    side's quote value. `microprice` is the last one: each side's best price weighed by the other's quantity.
    `depletion` is what was taken from the best ten levels while prices stood, as a share of what was there,
    and `replenishment` how much of that came back."""

    samples: int
    spread_bps: float
    microprice: float
    imbalance_1: float
    imbalance_5: float
    imbalance_10: float
    depth_10: float
    depletion: float
    replenishment: float


class TapeFlow(Value, frozen=True):
    """The trades of one candle: `signed_volume` is what takers bought less what they sold, base units, and
    `cvd` its sum since 0:00 UTC; `vwap` in quote units; `per_second` the trades a second, and `burst` the
    trades of the busiest second over that."""

    trades: int
    volume: float
    signed_volume: float
    cvd: float
    vwap: float
    per_second: float
    burst: float
