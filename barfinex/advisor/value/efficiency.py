"""What the capital did: how much of it worked, for how long, what it made, and what of that was expected."""

from __future__ import annotations

from math import isfinite

from barfinex.domain.value import Value


class Efficiency(Value, frozen=True):
    """Ratios are None where there is nothing to divide by.

    `r_per_capital_hour`: R made per hour in which the whole equity is at work; `utilisation`: capital-hours
    over the hours there were, so 1 is all of it all the time; `ev_capture`: realised over expected R;
    `cost_share`: costs over the sum of absolute moves before costs; `opportunity_cost_r`: what the stopped
    signals would have made, below zero where stopping them paid.
    """

    trades: int
    realised_r: float
    expected_r: float
    costs_r: float
    capital_hours: float
    r_per_capital_hour: float | None
    utilisation: float | None
    ev_capture: float | None
    cost_share: float | None
    opportunity_cost_r: float


class Capital:
    """Folds closed trades into seven running sums."""

    def __init__(self) -> None:
        self._trades = 0
        self._realised = self._expected = self._costs = self._moved = self._hours = 0.0

    def add(self, r_net: float, expected_r: float, costs_r: float, capital: float, hours: float) -> None:
        """One closed trade.

        Args:
            r_net, expected_r: in R, after costs; what was expected when it was decided.
            costs_r: spread, slippage, fees and funding, in R.
            capital: what it tied up, a fraction of equity; `hours`: for how long.

        Raises:
            ValueError: a number is not finite, or capital or hours are below zero.
        """
        given = {"r_net": r_net, "expected_r": expected_r, "costs_r": costs_r}
        for name, value in (given | {"capital": capital, "hours": hours}).items():
            if not isfinite(value) or (name not in given and not value >= 0.0):
                raise ValueError(
                    f"{name} {value}: add a trade of finite numbers, with capital and hours >= 0"
                )
        self._trades += 1
        self._realised += r_net
        self._expected += expected_r
        self._costs += costs_r
        self._moved += abs(r_net + costs_r)
        self._hours += capital * hours

    def efficiency(self, hours: float, stopped_r: float = 0.0) -> Efficiency:
        """Over `hours` of running; `stopped_r` is the sum of what the stopped signals would have made, in R.

        Raises:
            ValueError: either is not finite.
        """
        if not (isfinite(hours) and isfinite(stopped_r)):
            raise ValueError(f"hours {hours} or stopped_r {stopped_r}: give finite numbers")
        return Efficiency(
            self._trades,
            self._realised,
            self._expected,
            self._costs,
            self._hours,
            _over(self._realised, self._hours),
            _over(self._hours, hours),
            _over(self._realised, self._expected),
            _over(self._costs, self._moved),
            stopped_r,
        )


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole > 0.0 else None
