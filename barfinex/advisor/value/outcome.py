"""What an outcome is made of: the move, less what trading it cost, and what each decision about it added."""

from __future__ import annotations

from math import fsum, isfinite

from barfinex.domain.signal import Direction
from barfinex.domain.value import Value


class Leg(Value, frozen=True):
    """One side of a round trip in quote units: the `mid` at the decision, the `touch` (bid or ask) that could
    be had then, and the mean price of the `fill`."""

    mid: float
    touch: float
    fill: float


class Outcome(Value, frozen=True):
    """Parts of a net result in R. What was paid is above zero; slippage below zero is a better price."""

    move: float
    spread: float
    slippage: float
    fees: float
    funding: float

    @property
    def r_net(self) -> float:
        """move - spread - slippage - fees - funding."""
        return fsum((self.move, -self.spread, -self.slippage, -self.fees, -self.funding))


def outcome(
    direction: Direction, entry: Leg, exit_: Leg, stop_distance: float, *, fees: float, funding: float
) -> Outcome:
    """Take a closed trade apart (§7), exactly: the parts telescope from mid to mid down to fill to fill.

    Args:
        stop_distance: from the entry to its stop, in quote units: the R of one unit of base.
        fees, funding: of one unit of base, in quote units; what was received is below zero.

    Raises:
        ValueError: a number is not finite, or the stop distance is not above zero.
    """
    numbers = {
        "entry": (entry.mid, entry.touch, entry.fill),
        "exit": (exit_.mid, exit_.touch, exit_.fill),
        "fees and funding": (fees, funding),
        "stop_distance": (stop_distance,),
    }
    for name, values in numbers.items():
        if not all(map(isfinite, values)):
            raise ValueError(f"{name} {values}: an outcome is made of finite numbers only")
    if not stop_distance > 0.0:
        raise ValueError(f"stop_distance {stop_distance}: without a risk there is no R")
    unit = direction.sign / stop_distance
    return Outcome(
        (exit_.mid - entry.mid) * unit,
        (entry.touch - entry.mid + exit_.mid - exit_.touch) * unit,
        (entry.fill - entry.touch + exit_.touch - exit_.fill) * unit,
        fees / stop_distance,
        funding / stop_distance,
    )


class Worth(Value, frozen=True):
    """The value chain in R of one flat size (the mean planned size of what was taken).

    signals + selection + sizing + llm + inspector = realised. `signals` is what as many signals taken blindly
    would have made, `selection` what choosing them added, `sizing` what sizes other than flat added, then
    what the LLM and the Inspector changed. `flat` is a fraction of equity.
    """

    seen: int
    taken: int
    flat: float
    signals: float
    selection: float
    sizing: float
    llm: float
    inspector: float
    realised: float


class Chain:
    """Folds every signal's outcome beside the sizes it had on its way; nine numbers, however many signals."""

    def __init__(self) -> None:
        self._seen = self._taken = 0
        self._r_all = self._r_taken = 0.0
        self._planned = self._planned_r = self._advised_r = self._approved_r = 0.0

    def add(self, r_net: float, planned: float, advised: float, approved: float) -> None:
        """One signal with its outcome in R, of a trade or in the shadow.

        Args:
            planned: the size without the LLM, a fraction of equity; 0 when the rules declined it.
            advised: the size after the LLM; `approved`: after the Inspector. 0 where it was stopped.

        Raises:
            ValueError: a number is not finite, or a size is below zero.
        """
        if not isfinite(r_net):
            raise ValueError(f"r_net {r_net}: add finite outcomes only")
        for name, size in (("planned", planned), ("advised", advised), ("approved", approved)):
            if not (isfinite(size) and size >= 0.0):
                raise ValueError(f"{name} size {size}: give a finite fraction of equity, at least 0")
        self._seen += 1
        self._r_all += r_net
        if planned > 0.0:
            self._taken += 1
            self._r_taken += r_net
        self._planned += planned
        self._planned_r += planned * r_net
        self._advised_r += advised * r_net
        self._approved_r += approved * r_net

    def worth(self) -> Worth:
        """The chain so far; all zero while nothing was taken."""
        if not self._taken:
            return Worth(self._seen, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        flat = self._planned / self._taken
        blind = self._taken * self._r_all / self._seen
        return Worth(
            self._seen,
            self._taken,
            flat,
            blind,
            self._r_taken - blind,
            self._planned_r / flat - self._r_taken,
            (self._advised_r - self._planned_r) / flat,
            (self._approved_r - self._advised_r) / flat,
            self._approved_r / flat,
        )
