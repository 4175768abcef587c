"""Stage 4: the raw probability of a net win, pooled from all that has earned a say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from barfinex.advisor.codes import Code
from barfinex.advisor.learning.known import Known
from barfinex.advisor.learning.ladder import Phase, Rung
from barfinex.advisor.odds import probability
from barfinex.advisor.stages.evidence import Evidence
from barfinex.advisor.trace import Decline, Objection, Step, judged
from barfinex.config import AdvisorConfig
from barfinex.events.advisor import ConvictionScored
from barfinex.events.base import Event

PHASES = tuple(Phase)


class RawConviction(Step, frozen=True):
    """`raw` in (0, 1): the pool of `rungs` without calibration; `climbs` says whether the model has a
    rung."""

    stage: ClassVar[str] = "conviction"
    evidence: Evidence
    known: Known
    climbs: bool
    rungs: tuple[float, ...]
    raw: float

    @property
    def labels(self) -> int:
        return self.known.labels

    @property
    def phase(self) -> Phase:
        return self.known.phase

    def events(self) -> Iterable[Event]:
        known, ladder = self.known, self.known.ladder
        yield ConvictionScored(
            instrument=self.case.signal.instrument,
            decision_id=self.case.decision_id,
            base_rate=known.base,
            labels=known.labels,
            raw=self.raw,
            rungs=tuple(zip(ladder.rungs, self.rungs, ladder.weights, strict=True)),
            phase=known.phase,
            n_eff=known.n_eff,
            model_id=self.evidence.model_id,
        )


def score_conviction(
    evidence: Evidence, config: AdvisorConfig, known: Known
) -> RawConviction | Decline[RawConviction]:
    """Climb the ladder as far as there is something to climb on: a rung that has nothing to say repeats the
    one below it."""
    forecasts = {Rung.PRIOR: known.prior, Rung.BASE: known.base, Rung.REGIME: known.regime}
    climbs = evidence.z is not None and known.phase.fits_models
    if climbs and evidence.z is not None:
        forecasts[Rung.LOGISTIC] = probability(evidence.z)
    if known.tried is not None:
        forecasts[Rung.TRIED] = known.tried
    climbed = known.ladder.climb(forecasts)
    found = RawConviction(evidence.case, evidence, known, climbs, climbed, known.ladder.pool(climbed))
    return judged(found, list(_objections(found, config)))


def _objections(found: RawConviction, config: AdvisorConfig) -> Iterable[Objection]:
    phase, least = found.phase, Phase(config.phase_min)
    if least.fits_models and found.evidence.z is None:
        yield Objection(Code.CV_NO_MODEL, "no model", least)
    if PHASES.index(phase) < PHASES.index(least):
        yield Objection(Code.CV_COLD_START_BLOCKED, phase, least)
    if not found.raw >= config.conviction_min:
        yield Objection(Code.CV_BELOW_FLOOR, found.raw, config.conviction_min)
