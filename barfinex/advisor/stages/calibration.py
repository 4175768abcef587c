"""Stage 5: the probability corrected by what became of its like, with its uncertainty."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import ClassVar

from barfinex.advisor.attribution import Step as Way
from barfinex.advisor.calibration.calibrator import P_MAX, P_MIN
from barfinex.advisor.codes import Code
from barfinex.advisor.learning.ladder import Phase, Rung
from barfinex.advisor.learning.serving import Serving
from barfinex.advisor.odds import logit, probability
from barfinex.advisor.stages.conviction import RawConviction
from barfinex.advisor.trace import Decline, Objection, Step, judged
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Regime
from barfinex.events.advisor import ConvictionCalibrated, LowConfidenceFound
from barfinex.events.base import Event

NINETY = 1.6449
"""Standard normal quantile of 95 %: a two-sided interval of 90 %."""

WIDTH_MAX = 0.15
"""As wide as the Venn-Abers interval may be where it leaves open on which side of break-even the trade is."""


class Calibration(Step, frozen=True):
    """`calibrated` in [0.02, 0.98] with its standard error and 90 % bounds; `pooled` are the rungs with the
    calibrated one in its place. `path` are the logits on the way: (step, logit after it); `trees` are what
    each group of features adds to the trees' logit, empty where they have no rung;
    `venn_abers` is the probability were this trade lost, and won; None before enough is known."""

    stage: ClassVar[str] = "calibration"
    conviction: RawConviction
    calibrated: float
    se: float
    calibrator: str
    calibrator_id: str
    slope: float
    intercept: float
    n_eff_regime: float
    pooled: tuple[float, ...]
    path: tuple[tuple[Way, float], ...]
    trees: tuple[tuple[str, float], ...]
    venn_abers: tuple[float, float] | None
    breakeven: float

    @property
    def lcb(self) -> float:
        return max(P_MIN, self.calibrated - NINETY * self.se)

    @property
    def ucb(self) -> float:
        return min(P_MAX, self.calibrated + NINETY * self.se)

    def events(self) -> Iterable[Event]:
        about = {"instrument": self.case.signal.instrument, "decision_id": self.case.decision_id}
        yield ConvictionCalibrated(
            **about,
            calibrated=self.calibrated,
            slope=self.slope,
            intercept=self.intercept,
            calibrator=self.calibrator,
            calibrator_id=self.calibrator_id,
            se=self.se,
            lcb=self.lcb,
            ucb=self.ucb,
            n_eff_regime=self.n_eff_regime,
            posterior=self.conviction.evidence.quality.context.facts.regime.posterior,
            venn_abers=self.venn_abers or (),
        )
        if not self.calibrated >= self.breakeven:
            yield LowConfidenceFound(
                **about,
                probability=self.calibrated,
                lcb=self.lcb,
                breakeven=self.breakeven,
                reason="under break-even",
            )


def calibrate(
    conviction: RawConviction, config: AdvisorConfig, serving: Serving | None, breakeven: float
) -> Calibration | Decline[Calibration]:
    """Put the calibrated rungs in their place and pool again; without one the raw probability stands. A row
    unlike what the model has seen is drawn back to the base rate.

    The standard error is the pool's own: the calibrated rung's, and for the others that of a rate over the
    effective labels (a Beta posterior's), added up by their weights, as if they erred together.
    """
    known, evidence = conviction.known, conviction.evidence
    posterior = evidence.quality.context.facts.regime.posterior
    base_se = sqrt(known.base * (1.0 - known.base) / (known.n_eff + config.base_rate_labels + 1.0))
    pooled, path, se = conviction.rungs, [], base_se
    trees: tuple[tuple[str, float], ...] = ()
    serves = serving if conviction.climbs else None
    if serves is not None and evidence.z is not None:
        at, found = known.ladder.rungs.index(Rung.CALIBRATED), serves.calibrated(evidence.z, posterior)
        tops = [found]
        if Rung.BOOSTED in known.ladder.rungs:
            boost = serves.boosted(evidence.quality.context.facts.features.row(), posterior)
            tops.append(boost.calibrated if boost else found)
            trees = boost.terms if boost else ()
        end = at + len(tops)
        pooled, shares = (*pooled[:at], *(one.p for one in tops), *pooled[end:]), known.ladder.weights[at:end]
        se = sum(w * one.se for w, one in zip(shares, tops, strict=True)) + (1.0 - sum(shares)) * base_se
        common, regime = serves.etas(evidence.z, posterior)
        path = [(Way.CALIBRATION, common), (Way.REGIME, regime), (Way.MODERATION, logit(found.p))]
    mixed, base = logit(known.ladder.pool(pooled)), logit(known.base)
    drawn = base + evidence.verdict.trust * (mixed - base)
    path += [(Way.LADDER, mixed), (Way.FAMILIARITY, drawn)]
    calibration = Calibration(
        conviction.case,
        conviction,
        min(P_MAX, max(P_MIN, probability(drawn))),
        se,
        serves.calibrator_name(posterior) if serves else "none",
        serves.served_calibrator(posterior) if serves else "",
        *(serves.curve(posterior) if serves else (1.0, 0.0)),
        serves.seen(posterior) if serves else 0.0,
        pooled,
        tuple(path),
        trees,
        serves.venn_abers(evidence.z, posterior) if serves is not None and evidence.z is not None else None,
        breakeven,
    )
    return judged(calibration, list(_objections(calibration, config, serves)))


def _objections(found: Calibration, config: AdvisorConfig, serving: Serving | None) -> Iterable[Objection]:
    facts, known = found.conviction.evidence.quality.context.facts, found.conviction.known
    label, as_of = facts.regime.label, found.case.as_of
    if label.value in config.regimes_off:
        code = Code.CAL_REGIME_UNKNOWN if label is Regime.UNKNOWN else Code.CAL_REGIME_DISABLED
        yield Objection(code, label, "another regime")
    if found.calibrator_id and serving is not None:
        age = as_of - serving.trained_at
        if not age <= config.calibrator_age_ms_max:
            yield Objection(Code.CAL_CALIBRATOR_EXPIRED, age, config.calibrator_age_ms_max)
    if known.alarmed and config.drift == "decline":
        yield Objection(Code.CAL_DRIFT_ALARM, "alarm", "probabilities that held")
    if not found.se <= config.uncertainty_max:
        yield Objection(Code.CAL_UNCERTAINTY_TOO_WIDE, found.se, config.uncertainty_max)
    low, high = found.venn_abers or (0.0, 0.0)
    if low < found.breakeven < high and not high - low <= WIDTH_MAX:
        yield Objection(Code.CAL_UNCERTAINTY_TOO_WIDE, high - low, WIDTH_MAX)
    asked = found.conviction.phase is not Phase.PRIOR and config.expected_r_min >= 0.0
    if asked and not found.calibrated >= found.breakeven:
        yield Objection(Code.CAL_BELOW_BREAKEVEN, found.calibrated, found.breakeven)
