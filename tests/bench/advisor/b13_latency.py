"""B13: how long does a decision take, and how many come through at once?

A full Advisor: labels learned, a model and its calibrator in service, every event encoded and hashed on the
real bus. Each decision first learns from the outcome of an earlier one, as in the long run each has to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import perf_counter

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from barfinex.advisor.stages.calibration import Calibration
from barfinex.advisor.stages.review import Review, Reviewer, RuleReviewer
from barfinex.domain.candles import Floats, Series
from barfinex.domain.ids import kin
from tests.bench.advisor.figure import Figure
from tests.bench.advisor.hall import TAIL, WARM, Hall, market, signals, story

LABELS, DECISIONS, BURST, CONTROLLED = 2_000, 5_000, 10_000, 300
SEED = 1


class Forest:
    """One row through a forest of scikit-learn before the rules: what a decision has no time for."""

    def __init__(self) -> None:
        rng = np.random.default_rng(SEED)
        rows, won = rng.normal(size=(500, 24)), rng.random(500) < 0.5
        self._forest = RandomForestClassifier(100, max_depth=4, random_state=SEED).fit(rows, won)
        self._rules = RuleReviewer()

    def review(self, calibration: Calibration) -> Review:
        row = calibration.conviction.evidence.quality.context.facts.features.values
        self._forest.predict_proba(np.array([row]))
        return self._rules.review(calibration)


def figures(
    labels: int = LABELS, decisions: int = DECISIONS, burst: int = BURST, controlled: int = CONTROLLED
) -> Iterator[Figure]:
    hall, series, took = decided(labels, decisions)
    learner = hall.module.mind.learner
    yield Figure("B13", "labels learned before the first is timed", hall.labels - decisions, f">= {labels}")
    yield Figure("B13", "models in service", float(learner.seats.champion is not None), "== 1")
    passed = hall.stages[-decisions:].count("") / decisions
    yield Figure("B13", "share of the decisions that reach the last stage", passed, ">= 0.95")
    yield Figure("B13", f"median of {decisions} decisions, ms", float(np.median(took)), "<= 1")
    yield Figure("B13", "99th percentile, ms", float(np.percentile(took, 99.0)), "<= 5")
    rate, lost = burst_of(hall, series, burst)
    yield Figure("B13", f"decisions a second, {burst} signals at once", rate, ">= 1000")
    yield Figure("B13", "of them not answered exactly once", lost, "== 0")
    slow = float(np.median(decided(controlled, controlled, Forest())[2]))
    yield Figure("B13", "median with one row through scikit-learn, ms", slow, "<= 1", control=True)


def decided(labels: int, decisions: int, reviewer: Reviewer | None = None) -> tuple[Hall, Series, Floats]:
    """A hall after its decisions, and how long each took, in ms; those until so many labels are learned are
    not timed."""
    untimed = labels + TAIL
    series = market(SEED, WARM + untimed + decisions + TAIL)
    hall = Hall(series, reviewer=reviewer)
    asyncio.run(story(hall, series, SEED, untimed + decisions))
    return hall, series, np.array(hall.took_ns[untimed:]) / 1e6


def burst_of(hall: Hall, series: Series, count: int) -> tuple[float, int]:
    """Decisions a second when so many signals come at one moment, and how many had not one answer."""
    at = hall.clock.now() // series.step_ms - 1
    sent = list(signals(series, SEED + 1, [at] * count))
    hall.answers.clear()
    began = perf_counter()
    asyncio.run(hall.decide(*sent))
    took_s = perf_counter() - began
    return count / took_s, count - sum(hall.answers.get(kin("dec", one.id)) == 1 for one in sent)
