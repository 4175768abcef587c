"""What is published of learning."""

from __future__ import annotations

from barfinex.advisor.calibration.drift import DriftDetector
from barfinex.advisor.learning.champion import Move, Transition
from barfinex.advisor.learning.ladder import Rung
from barfinex.advisor.learning.strategies import Strategies
from barfinex.events.advisor_learning import (
    DriftDetected,
    LadderUpdated,
    ModelPromoted,
    ModelRolledBack,
    ModelSwitched,
)
from barfinex.events.base import Event


def told_drift(strategy: str, sounding: DriftDetector) -> DriftDetected:
    """Trades of a strategy do not win as often as was said."""
    return DriftDetected(
        kind="calibration",
        about=strategy,
        statistic=sounding.evidence,
        threshold=sounding.limit,
        since=sounding.n - sounding.since,
        action="weights return to the base rate; size is halved for fifty labels",
    )


def told_ladder(strategy: str, strategies: Strategies) -> LadderUpdated:
    ladder = strategies.ladder(strategy)
    return LadderUpdated(
        strategy=strategy,
        weights=tuple(zip(ladder.rungs, ladder.weights, strict=True)),
        phase=strategies.phase(strategy),
        n_eff=strategies.n_eff(strategy),
        regret=max(ladder.regret(Rung(rung)) for rung in ladder.rungs),
    )


def told_race(transition: Transition) -> list[Event]:
    """A challenger is on trial, serves, or is gone."""
    before, after, other, why = transition.before, transition.after, transition.other, transition.reason
    evidence = transition.e_value
    match transition.move:
        case Move.CANARIED:
            return [ModelPromoted(before=before, after=other, evidence=evidence, canary=True)]
        case Move.PROMOTED:
            return [
                ModelPromoted(before=before, after=after, evidence=evidence, canary=False),
                ModelSwitched(kind="serving", before=before, after=after, reason=why),
            ]
        case Move.ROLLED_BACK:
            return [
                ModelRolledBack(before=before, after=after, trigger=why, evidence=evidence),
                ModelSwitched(kind="serving", before=before, after=after, reason=why),
            ]
        case Move.WITHDRAWN:
            return [ModelSwitched(kind="challenger", before=other, after="", reason=why)]
        case _:
            return []
