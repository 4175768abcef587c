"""From knowing nothing to a calibrated model: rungs that each have to earn their weight."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from msgspec.structs import replace

from barfinex.domain.value import Value, Word

SHARE = 1.0 / 1_000.0
ALARM_SHARE, ALARM_LABELS = 0.05, 50
BOOSTED_SHARE = 0.05
TRIED_SHARE, TRIED_BACK = 0.5, 0.05
FORECAST_MIN = 0.02


class Rung(Word):
    """From the simplest up; TRIED is a challenger in its canary, or a champion that is still watched."""

    PRIOR = "prior"
    BASE = "base"
    REGIME = "regime"
    LOGISTIC = "logistic"
    CALIBRATED = "calibrated"
    BOOSTED = "boosted"
    TRIED = "tried"


SHARES = {
    Rung.PRIOR: 0.40,
    Rung.BASE: 0.30,
    Rung.REGIME: 0.15,
    Rung.LOGISTIC: 0.075,
    Rung.CALIBRATED: 0.075,
}


class Phase(Word):
    """How much is known of a strategy, by the effective number of its labels."""

    PRIOR = "prior"
    BASE = "base"
    SHRUNK = "shrunk"
    LEARNED = "learned"
    MATURE = "mature"

    @classmethod
    def of(cls, n_eff: float) -> Phase:
        """A number that is none is no knowledge."""
        return next((phase for phase, least in PHASES if n_eff >= least), cls.PRIOR)

    @property
    def size_max(self) -> float:
        """The cap on size, as a fraction of what it would be."""
        return CAPS[self]

    @property
    def fits_models(self) -> bool:
        """Below 60 effective labels no model rung is fitted."""
        return self in {Phase.SHRUNK, Phase.LEARNED, Phase.MATURE}


PHASES = ((Phase.MATURE, 1_000.0), (Phase.LEARNED, 200.0), (Phase.SHRUNK, 60.0), (Phase.BASE, 30.0))
CAPS = {Phase.PRIOR: 0.25, Phase.BASE: 0.5, Phase.SHRUNK: 0.75, Phase.LEARNED: 1.0, Phase.MATURE: 1.0}


class Ladder(Value, frozen=True):
    """Weights of the rungs, from the simplest up, after `labels` admitted labels.

    Served is the linear pool. A label multiplies each weight by what its rung gave the outcome, and a part of
    it all, `back`, goes back to the shares each began with: 1/1,000, and 1/20 for fifty labels after a drift
    alarm. The pool loses to any rung at most ln(1 / its first share) nats, and -ln(1 - back) a label more for
    letting a rung come back.

    Fixed share: M. Herbster, M. K. Warmuth, "Tracking the best expert", Machine Learning 32 (1998).

    Raises:
        ValueError: rungs, shares, weights and losses are of unequal length.
    """

    rungs: tuple[Rung, ...] = tuple(SHARES)
    shares: tuple[float, ...] = tuple(SHARES.values())
    weights: tuple[float, ...] = tuple(SHARES.values())
    losses: tuple[float, ...] = (0.0,) * len(SHARES)
    loss: float = 0.0
    labels: int = 0
    back: float = SHARE
    alarm_left: int = 0

    def __post_init__(self) -> None:
        if not len(self.rungs) == len(self.shares) == len(self.weights) == len(self.losses):
            raise ValueError("rungs, shares, weights and losses are of unequal length")

    def climb(self, forecasts: Mapping[Rung, float]) -> tuple[float, ...]:
        """Each rung's probability, held inside [0.02, 0.98]; one that has none yet says what the rung below
        it says.

        Raises:
            ValueError: the first rung has none, or a forecast is not in [0, 1].
        """
        if self.rungs[0] not in forecasts:
            raise ValueError(f"{self.rungs[0]} gives no forecast: a constant always can")
        found: list[float] = []
        for rung in self.rungs:
            p = forecasts[rung] if rung in forecasts else found[-1]
            if not 0.0 <= p <= 1.0:
                raise ValueError(f"{rung} forecasts {p}, not in [0, 1]: leave the rung out until it can")
            found.append(min(max(p, FORECAST_MIN), 1.0 - FORECAST_MIN))
        return tuple(found)

    def pool(self, climbed: tuple[float, ...]) -> float:
        """The probability served, of what `climb` gave."""
        return sum(w * p for w, p in zip(self.weights, climbed, strict=True))

    def learn(self, climbed: tuple[float, ...], won: bool) -> Ladder:
        """After an admitted label, of which `climbed` were the rungs' forecasts at the decision."""
        chances = [p if won else 1.0 - p for p in climbed]
        joint = [w * chance for w, chance in zip(self.weights, chances, strict=True)]
        served = sum(joint)
        back = max(self.back, ALARM_SHARE) if self.alarm_left else self.back
        return replace(
            self,
            weights=tuple(
                (1.0 - back) * j / served + back * s for j, s in zip(joint, self.shares, strict=True)
            ),
            losses=tuple(had - log(chance) for had, chance in zip(self.losses, chances, strict=True)),
            loss=self.loss - log(served),
            labels=self.labels + 1,
            alarm_left=max(0, self.alarm_left - 1),
        )

    def alarmed(self) -> Ladder:
        """After a drift alarm: fifty times as much goes back for fifty labels."""
        return replace(self, alarm_left=ALARM_LABELS)

    def join(self, rung: Rung, share: float = BOOSTED_SHARE) -> Ladder:
        """With one more rung on top, as a small part of every other's share and weight.

        It is said to have lost what the pool lost: its regret counts from here.

        Raises:
            ValueError: the rung is there already, or the share is not inside (0, 1).
        """
        if rung in self.rungs or not 0.0 < share < 1.0:
            raise ValueError(f"{rung} is there already, or its share {share} is not inside (0, 1)")
        rest = 1.0 - share
        return replace(
            self,
            rungs=(*self.rungs, rung),
            shares=(*(rest * one for one in self.shares), share),
            weights=(*(rest * one for one in self.weights), share),
            losses=(*self.losses, self.loss),
        )

    def trial(self) -> Ladder:
        """With a model that is being tried as the top rung: half the weight, and 1/20 of all going back, so
        that it can cost little before it is undone. This ladder serves where the tried model does; the one
        without it goes on learning, and a rollback finds it where it would be.

        Raises:
            ValueError: it is a trial already.
        """
        return replace(self.join(Rung.TRIED, TRIED_SHARE), back=TRIED_BACK)

    def regret(self, rung: Rung) -> float:
        """Nats lost to a rung so far; below 0 when the pool did better."""
        return self.loss - self.losses[self.rungs.index(rung)]
