"""What a trade costs at this venue, and what of the price is left after it."""

from __future__ import annotations

from barfinex.domain.value import Value

BPS = 10_000.0


class Expense(Value, frozen=True):
    """What a trade is expected to cost, round trip and holding, and the slippage of one way in it: fractions
    of the entry price."""

    cost: float
    slippage: float


class Costs(Value, frozen=True):
    """The venue's terms: `fee` is a fraction of notional, paid like the slippage on the way in and out. It is
    the taker's: entries, stops, targets and exits all take the price that is there."""

    fee: float
    spread_bps: float
    slippage_bps: float

    def round_trip(self, spread_bps: float, slippage_bps: float | None = None) -> float:
        """Entry and exit together, a fraction of the entry price: half the spread is paid on either side."""
        slippage = self.slippage_bps if slippage_bps is None else slippage_bps
        return 2.0 * self.fee + (spread_bps + 2.0 * slippage) / BPS

    def unpaid(self, spread_bps: float) -> float:
        """A round trip once in: half the spread and the slippage of the entry are in its fill's price."""
        return self.round_trip(spread_bps) - (spread_bps / 2.0 + self.slippage_bps) / BPS
