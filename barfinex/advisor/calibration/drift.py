"""Whether trades still win as often as was said: bets against it, and an alarm when they have won."""

from __future__ import annotations

from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value

BETS = (-1.2, -0.8, -0.5, -0.3, -0.15, 0.15, 0.3, 0.5, 0.8, 1.2)
FACTOR_MIN = 0.02
"""A bet is cut down before the outcome is known, so that it never loses all."""
EVIDENCE_MAX = 1e15
"""Far beyond any threshold; from there on more evidence changes nothing."""
RUN_LENGTH = 5_000.0


def threshold(strategies: int) -> float:
    """Labels between two false alarms of any of the strategies, on average, at the least: 5,000."""
    if not strategies >= 1:
        raise BadInput("strategies", f"{strategies} is below 1", "count the strategies that are watched")
    return RUN_LENGTH * strategies


class DriftDetector(Value, frozen=True):
    """Shiryaev-Roberts with a mixture of bets against "a trade of probability p wins with probability p".

    Each bet's wealth M <- (M + 1)(1 + bet (y - p)); the evidence is their mean. Under the hypothesis evidence
    less the count of labels is a martingale, so alarms come `limit` labels apart on average or more, however
    often one looks (Shin, Ramdas & Rinaldo 2022, "E-detectors"). `n` counts labels since the reset; `peaks`
    is the most that each bet can have made from a start at one label, and `starts` that label.
    """

    limit: float = RUN_LENGTH
    n: int = 0
    wealth: tuple[float, ...] = (0.0,) * len(BETS)
    peaks: tuple[float, ...] = (1.0,) * len(BETS)
    starts: tuple[int, ...] = (0,) * len(BETS)

    def __post_init__(self) -> None:
        if not (1.0 < self.limit <= EVIDENCE_MAX / len(BETS)):
            raise ValueError("drift: limit is outside (1, 1e14]; take it from `threshold`")
        if not len(self.wealth) == len(self.peaks) == len(self.starts) == len(BETS):
            raise ValueError("drift: the bets are not those of this version; reset it")
        if not all(0.0 <= each <= EVIDENCE_MAX for each in self.wealth + self.peaks):
            raise ValueError("drift: a wealth is not finite, or below 0; reset it")

    def update(self, p: float, y: bool, weight: float = 1.0) -> DriftDetector:
        """After one label more: `p` as it was served, whether it won, and its uniqueness in (0, 1].

        Labels that overlap tell part of the same story, so each bet is scaled by the uniqueness.

        Raises:
            BadInput: `p` is not inside (0, 1), or the weight not in (0, 1].
        """
        if not 0.0 < p < 1.0:
            raise BadInput("p", f"{p} is not inside (0, 1)", "give the probability that was served")
        if not 0.0 < weight <= 1.0:
            raise BadInput("weight", f"{weight} is not in (0, 1]", "give the label's uniqueness")
        most, miss = 1.0 - FACTOR_MIN, float(y) - p
        highest, lowest = most / p, -most / (1.0 - p)
        factors = [1.0 + min(highest, max(lowest, bet * weight)) * miss for bet in BETS]
        return DriftDetector(
            self.limit,
            self.n + 1,
            tuple(min(EVIDENCE_MAX, (m + 1.0) * f) for m, f in zip(self.wealth, factors, strict=True)),
            tuple(min(EVIDENCE_MAX, max(m, 1.0) * f) for m, f in zip(self.peaks, factors, strict=True)),
            tuple(self.n if m <= 1.0 else at for m, at in zip(self.peaks, self.starts, strict=True)),
        )

    @property
    def evidence(self) -> float:
        return sum(self.wealth) / len(self.wealth)

    @property
    def alarm(self) -> bool:
        return not self.evidence < self.limit

    @property
    def since(self) -> int:
        """Where the drift most likely began: how many labels since the reset came before it."""
        return self.starts[self.peaks.index(max(self.peaks))]

    @property
    def worse(self) -> bool:
        """Whether trades win less often than was said, by the bet that gained most."""
        return BETS[self.peaks.index(max(self.peaks))] < 0.0

    def reset(self) -> DriftDetector:
        """From nothing, as after a refit."""
        return DriftDetector(self.limit)
