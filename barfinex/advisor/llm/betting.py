"""Evidence that may be looked at after every label: betting against chance, and a mean with its interval."""

from __future__ import annotations

from math import exp, isfinite, log, log1p, sqrt

from barfinex.domain.value import Value

STAKES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
LOG_MAX = 500.0
"""Where wealth stops counting, far above any bar."""
ALPHA = 0.05
STAKE_MAX = 0.5


class Duel(Value, frozen=True):
    """Two e-processes on a quantity in [-1, 1]: `e_for` is large only when its mean is above zero.

    Each is the mean of six bettors' wealth, prod(1 + stake x weight x value): a nonnegative supermartingale
    while the conditional mean is at most zero, so the chance that it ever reaches 20 is at most one in twenty
    (Ville; Ramdas et al., arXiv 2210.01948).
    """

    gains: tuple[float, ...] = (0.0,) * len(STAKES)
    losses: tuple[float, ...] = (0.0,) * len(STAKES)

    def after(self, value: float, weight: float = 1.0) -> Duel:
        """One more value; `weight` in (0, 1] scales the bet where observations overlap.

        Raises:
            ValueError: the value is outside [-1, 1].
        """
        if not -1.0 <= value <= 1.0:
            raise ValueError(f"value {value} is outside [-1, 1]: divide it by its bound")
        bets = [stake * weight * value for stake in STAKES]
        gains = tuple(_bounded(old + log1p(bet)) for old, bet in zip(self.gains, bets, strict=True))
        losses = tuple(_bounded(old + log1p(-bet)) for old, bet in zip(self.losses, bets, strict=True))
        return Duel(gains, losses)

    @property
    def e_for(self) -> float:
        return sum(map(exp, self.gains)) / len(STAKES)

    @property
    def e_against(self) -> float:
        return sum(map(exp, self.losses)) / len(STAKES)


class Mean(Value, frozen=True):
    """A running mean of values cut to [bottom, top], and a 95 % confidence sequence for it.

    `low` and `high` hold at all times at once: the predictable plug-in empirical-Bernstein sequence of
    Waudby-Smith and Ramdas (2024, Theorem 2), on values scaled to [0, 1].
    """

    bottom: float
    top: float
    count: int = 0
    total: float = 0.0
    squares: float = 0.25
    staked: float = 0.0
    won: float = 0.0
    spent: float = 0.0

    def after(self, value: float) -> Mean:
        """One more value.

        Raises:
            ValueError: it is not finite.
        """
        if not isfinite(value):
            raise ValueError(f"value {value} is not finite: leave out what is not known")
        x = (min(self.top, max(self.bottom, value)) - self.bottom) / (self.top - self.bottom)
        count = self.count + 1
        before = (0.5 + self.total) / count
        variance = self.squares / count
        stake = min(STAKE_MAX, sqrt(2.0 * log(2.0 / ALPHA) / (variance * count * log(1.0 + count))))
        total = self.total + x
        return Mean(
            self.bottom,
            self.top,
            count,
            total,
            self.squares + (x - (0.5 + total) / (count + 1)) ** 2,
            self.staked + stake,
            self.won + stake * x,
            self.spent + (x - before) ** 2 * (-log1p(-stake) - stake),
        )

    @property
    def mean(self) -> float:
        """The plain mean; 0 of nothing."""
        return self.bottom + (self.top - self.bottom) * self.total / self.count if self.count else 0.0

    @property
    def low(self) -> float:
        return self._end(-1.0)

    @property
    def high(self) -> float:
        return self._end(1.0)

    def _end(self, side: float) -> float:
        if not self.count:
            return self.bottom if side < 0.0 else self.top
        centre = self.won / self.staked
        radius = (log(2.0 / ALPHA) + self.spent) / self.staked
        return self.bottom + (self.top - self.bottom) * min(1.0, max(0.0, centre + side * radius))


def brier_gain(p: float, q: float, won: bool) -> tuple[float, float]:
    """(p - y)^2 - (q - y)^2: what the forecast q gains on p, and the most it could gain or lose."""
    y = float(won)
    return (p - y) ** 2 - (q - y) ** 2, abs(p - q) * max(p + q, 2.0 - p - q)


def _bounded(wealth: float) -> float:
    return min(LOG_MAX, wealth)
