"""What a signal came to at its own barriers: the first touch of stop, target or horizon, in net R."""

from __future__ import annotations

from math import isfinite

import numpy as np

from barfinex.domain.candles import Floats
from barfinex.domain.value import Value, Word

AMBIGUOUS_WEIGHT = 0.5


class Barrier(Word):
    STOP = "stop"
    TARGET = "target"
    HORIZON = "horizon"


class Trip(Value, frozen=True):
    """One signal's way to its end: `stop`, `target` (or none) and `cost` (of the round trip) are fractions
    of the entry price, `sign` is 1 for long and -1 for short, `horizon` counts candles.

    Raises:
        ValueError: a number is not finite or not inside its range.
    """

    entry: float
    sign: int
    stop: float
    target: float | None
    horizon: int
    cost: float = 0.0

    def __post_init__(self) -> None:
        rules = {
            "entry": self.entry > 0.0 and isfinite(self.entry),
            "sign": self.sign in {1, -1},
            "stop": 0.0 < self.stop < (1.0 if self.sign == 1 else 100.0),
            "target": self.target is None or 0.0 < self.target < 100.0,
            "horizon": self.horizon >= 1,
            "cost": 0.0 <= self.cost < 1.0,
        }
        for name, holds in rules.items():
            if not holds:
                raise ValueError(
                    f"{name} {getattr(self, name)} is out of range: give a trip that can be made"
                )

    def move(self, price: float) -> float:
        """The way from the entry to a price, in the trade's favour, as a fraction of the entry."""
        return self.sign * (price / self.entry - 1.0)


class Touch(Value, frozen=True):
    """Where the trip ended: `index` of the candle, 0 being the first after the entry; `net_r` after cost, in
    units of the stop's distance; `ambiguous` when stop and target lay inside that candle (the stop counts);
    `gapped` when the candle opened beyond the barrier, which is then left at the open."""

    barrier: Barrier
    index: int
    net_r: float
    ambiguous: bool = False
    gapped: bool = False


class Watch(Value, frozen=True):
    """A trip under way, `seen` candles after its entry.

    Triple barrier: M. Lopez de Prado, "Advances in Financial Machine Learning" (2018), chapter 3; with the
    signal's own bracket for barriers, and net R in place of its sign.
    """

    trip: Trip
    seen: int = 0

    def advance(self, opens: Floats, highs: Floats, lows: Floats, closes: Floats) -> Watch | Touch:
        """The watch after the next candles, of any number; or the touch. However the candles are cut into
        blocks, the touch is the same.

        Args:
            opens, highs, lows, closes: [n], prices of closed candles in order.

        Raises:
            ValueError: a price is not finite and above 0: what was not seen is not known to be untouched.
        """
        trip, left = self.trip, self.trip.horizon - self.seen
        table = np.array([opens[:left], highs[:left], lows[:left], closes[:left]], dtype=np.float64)
        if not (np.isfinite(table).all() and (table > 0.0).all()):
            raise ValueError("a price is not finite and above 0: give candles without gaps")
        opens, highs, lows, closes = trip.sign * table
        best, worst = (highs, lows) if trip.sign == 1 else (lows, highs)
        stop = trip.sign * trip.entry * (1.0 - trip.sign * trip.stop)
        target = np.inf if trip.target is None else trip.sign * trip.entry * (1.0 + trip.sign * trip.target)
        stopped, paid = np.minimum(worst, opens) <= stop, np.maximum(best, opens) >= target
        hits = np.flatnonzero(stopped | paid)
        if hits.size:
            at = int(hits[0])
            return self._touch(at, float(opens[at]), (stop, target), (bool(stopped[at]), bool(paid[at])))
        if len(closes) == left:
            move = trip.move(trip.sign * float(closes[-1]))
            return Touch(Barrier.HORIZON, trip.horizon - 1, (move - trip.cost) / trip.stop)
        return Watch(trip, self.seen + len(closes))

    def _touch(self, at: int, opened: float, levels: tuple[float, float], hit: tuple[bool, bool]) -> Touch:
        """The open comes first; of two barriers inside one candle the stop is the one that counts."""
        trip, (stop, target), (stopped, paid) = self.trip, levels, hit
        gapped = opened <= stop or opened >= target
        barrier = Barrier.STOP if opened <= stop or (stopped and not gapped) else Barrier.TARGET
        if gapped:
            move = trip.move(trip.sign * opened)
        else:
            move = -trip.stop if barrier is Barrier.STOP else float(trip.target or 0.0)
        net_r = (move - trip.cost) / trip.stop
        return Touch(barrier, self.seen + at, net_r, stopped and paid and not gapped, gapped)
