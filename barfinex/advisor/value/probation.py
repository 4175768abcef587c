"""When a strategy has to prove itself again: at strong evidence that it loses, until there is as much that it
gains."""

from __future__ import annotations

from math import isfinite

from barfinex.advisor.value.gates import R_LEAST, R_MOST
from barfinex.domain.value import Value

EVIDENCE = 20.0
CAP = 0.25
STRATEGIES_MAX = 256
PRIOR_WEIGHT = 20.0
"""Labels of zero R that the expected R is shrunk by."""
SHARES = (0.1, 0.2, 0.4, 0.6, 0.9)
"""Of the largest stake that cannot ruin the wager."""


class Wager(Value, frozen=True):
    """Evidence against "R is at most 0 on average" (`sign` 1), or "at least 0" (`sign` -1), at any time.

    Each outcome multiplies a wealth by 1 + share x, where x is R towards `sign` over the worst that can come.
    While the hypothesis holds the wealth is expected to shrink, so it is an e-value, and ever reaches 20 with
    a probability of at most 1/20 (Ville). The e-value is a mixture over shares, and over the outcome s at
    which the wager begins, with weights 1 / (s (s + 1)): a long good past does not hide a bad present.

    I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024).
    """

    sign: int
    count: int = 0
    wealth: tuple[float, ...] = (0.0,) * len(SHARES)

    @property
    def value(self) -> float:
        """The e-value: what has begun, and the part that has not."""
        return sum(self.wealth) / len(SHARES) + 1.0 / (self.count + 1)

    def after(self, r: float, weight: float = 1.0) -> Wager:
        """With one more outcome in R, clipped to [-3, 6], and its uniqueness in [0, 1]: outcomes that overlap
        tell part of the same story, so each stake is scaled by it."""
        x = min(max(r, R_LEAST), R_MOST) * self.sign / (R_MOST if self.sign < 0 else -R_LEAST) * weight
        begins = 1.0 / ((self.count + 1) * (self.count + 2))
        wealth = tuple((had + begins) * (1.0 + s * x) for had, s in zip(self.wealth, SHARES, strict=True))
        return Wager(self.sign, self.count + 1, wealth)


class Standing(Value, frozen=True):
    """A strategy on trial or not. The wager is about leaving that state and begins anew with it, like
    `labels` and their sum `total_r`."""

    on_probation: bool = False
    wager: Wager = Wager(-1)
    labels: int = 0
    total_r: float = 0.0

    @property
    def expected_r(self) -> float:
        """The mean R in this state, shrunk towards zero."""
        return self.total_r / (self.labels + PRIOR_WEIGHT)

    @property
    def cap(self) -> float:
        """What the strategy's sizes are multiplied by."""
        return CAP if self.on_probation else 1.0


class Ruling(Value, frozen=True):
    """A strategy enters probation or leaves it; `expected_r` over the `labels` that gave the evidence
    `e_value`, and the `cap` from here on."""

    strategy: str
    on_probation: bool
    e_value: float
    expected_r: float
    labels: int
    cap: float


class Probation:
    """Folds admitted outcomes of at most 256 strategies. Any other is not judged, and what is not judged is
    not trusted: it stays on probation."""

    def __init__(self) -> None:
        self._standings: dict[str, Standing] = {}

    def standing(self, strategy: str) -> Standing:
        return self._standings.get(strategy, Standing(on_probation=self._is_full))

    def admit(self, strategy: str, r: float, weight: float = 1.0) -> Ruling | None:
        """Learn from an outcome in R, net, and its uniqueness; a ruling when the strategy's state changes.

        Raises:
            ValueError: `r` is not finite, or the weight is not in [0, 1].
        """
        if not isfinite(r):
            raise ValueError(f"r {r} of {strategy}: judge a strategy by finite outcomes only")
        if not 0.0 <= weight <= 1.0:
            raise ValueError(f"weight {weight} of {strategy}: give the outcome's uniqueness, in [0, 1]")
        if strategy not in self._standings and self._is_full:
            return None
        had = self.standing(strategy)
        now = Standing(had.on_probation, had.wager.after(r, weight), had.labels + 1, had.total_r + r)
        if now.wager.value < EVIDENCE:
            self._standings[strategy] = now
            return None
        fresh = Standing(not now.on_probation, Wager(-now.wager.sign))
        self._standings[strategy] = fresh
        return Ruling(strategy, fresh.on_probation, now.wager.value, now.expected_r, now.labels, fresh.cap)

    @property
    def _is_full(self) -> bool:
        return len(self._standings) >= STRATEGIES_MAX
