"""Stage 5: calibrated, bounded, and drawn to the base rate as far as the row is strange."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barfinex.advisor.attribution import Step as Way
from barfinex.advisor.codes import Code
from barfinex.advisor.learning.known import Known
from barfinex.advisor.learning.ladder import Ladder, Rung
from barfinex.advisor.learning.ood import Verdict
from barfinex.advisor.learning.serving import Serving
from barfinex.advisor.odds import logit
from barfinex.advisor.stages.calibration import Calibration, calibrate
from barfinex.advisor.trace import Decline
from barfinex.config import AdvisorConfig
from barfinex.events.advisor import ConvictionCalibrated, LowConfidenceFound
from tests.advisor.builders import EVEN, NOW, desk, facts, features, known, serving
from tests.advisor.steps import conviction

MODEL_ALONE = Ladder(weights=(0.0, 0.0, 0.0, 0.0, 1.0))
TRUST_IN_NOTHING = Verdict(0.0, rejected=True, drift=False)


def calibrated(
    told: Known,
    verdict: Verdict | None = None,
    first: float = 2.0,
    model: bool = True,
    breakeven: float = 0.3,
    served: Serving | None = None,
    **config: Any,
) -> tuple[Calibration, list[Code]]:
    made = AdvisorConfig.model_validate({"uncertainty_max": 1.0, **config})
    changes = {} if verdict is None else {"verdict": verdict}
    served = served or (serving() if model else None)
    row = features([first] + [0.0] * 23)
    scored = conviction(facts=facts(features=row), desk=desk(made, serving=served, known=told, **changes))
    found = calibrate(scored, made, served, breakeven)
    if isinstance(found, Decline):
        return found.output, [one.code for one in found.objections]
    return found, []


def test_without_a_model_the_raw_probability_stands() -> None:
    found, codes = calibrated(known(prior=0.4, base=0.5, regime=0.6), model=False)
    assert found.calibrated == pytest.approx(found.conviction.raw)
    assert (found.calibrator, found.calibrator_id, found.n_eff_regime) == ("none", "", 0.0)
    assert [step for step, _ in found.path] == [Way.LADDER, Way.FAMILIARITY]
    assert codes == []


def test_a_model_that_may_not_climb_calibrates_nothing() -> None:
    found, _ = calibrated(known(n_eff=59.0))
    assert (found.calibrator_id, found.pooled) == ("", found.conviction.rungs)


def test_the_calibrated_rung_takes_its_place() -> None:
    found, _ = calibrated(known(ladder=MODEL_ALONE))
    at = found.conviction.known.ladder.rungs.index(Rung.CALIBRATED)
    z = found.conviction.evidence.z
    assert z is not None
    assert found.pooled[at] == serving().calibrated(z, EVEN).p
    assert found.pooled[:at] == found.conviction.rungs[:at]
    assert found.calibrated == pytest.approx(found.pooled[at])
    assert found.se == pytest.approx(serving().calibrated(z, EVEN).se)
    assert found.calibrator_id == serving().calibrator_id


def test_a_strange_row_is_drawn_to_the_base_rate_by_as_much_as_it_is_not_trusted() -> None:
    told = known(ladder=MODEL_ALONE, base=0.4)
    whole = calibrated(told, Verdict(1.0, rejected=False, drift=False))[0].calibrated
    none = calibrated(told, TRUST_IN_NOTHING)[0].calibrated
    half = calibrated(told, Verdict(0.5, rejected=False, drift=False))[0].calibrated
    assert none == pytest.approx(0.4)
    assert whole > half > none
    assert logit(half) == pytest.approx((logit(whole) + logit(none)) / 2.0)


@settings(deadline=None)
@given(
    st.floats(0.0, 1.0),
    st.floats(0.02, 0.98),
    st.floats(0.0, 1.0),
    st.floats(0.0, 5_000.0),
    st.floats(-1e6, 1e6),
    st.floats(0.0, 1.0),
)
def test_the_bounds_enclose_the_probability_and_nothing_is_certain(
    prior: float, base: float, regime: float, n_eff: float, first: float, trust: float
) -> None:
    verdict = Verdict(trust, rejected=False, drift=False)
    found, _ = calibrated(known(prior=prior, base=base, regime=regime, n_eff=n_eff), verdict, first)
    assert 0.02 <= found.lcb <= found.calibrated <= found.ucb <= 0.98
    assert found.se >= 0.0


def test_the_error_shrinks_with_what_is_known() -> None:
    errors = [calibrated(known(n_eff=n), model=False)[0].se for n in (0.0, 30.0, 300.0, 3_000.0)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] == pytest.approx((0.25 / 21.0) ** 0.5)


def test_the_events_tell_the_curve_and_low_confidence_where_there_is_some() -> None:
    found, codes = calibrated(known(), breakeven=0.3)
    (told,) = found.events()
    assert isinstance(told, ConvictionCalibrated)
    assert (told.slope, told.intercept) == serving().curve(EVEN)
    assert (told.lcb, told.ucb) == (found.lcb, found.ucb)
    low, codes = calibrated(known(), model=False, breakeven=0.6)
    assert [type(one) for one in low.events()] == [ConvictionCalibrated, LowConfidenceFound]
    assert codes == [Code.CAL_BELOW_BREAKEVEN]


def test_before_there_is_anything_to_estimate_from_break_even_is_not_asked_for() -> None:
    assert calibrated(known(n_eff=29.0), breakeven=0.6)[1] == []
    assert calibrated(known(n_eff=30.0), breakeven=0.6)[1] == [Code.CAL_BELOW_BREAKEVEN]
    assert calibrated(known(n_eff=30.0), breakeven=0.6, expected_r_min=-1.0)[1] == []
    assert calibrated(known(n_eff=30.0), breakeven=float("nan"))[1] == [Code.CAL_BELOW_BREAKEVEN]


@dataclasses.dataclass(frozen=True, slots=True)
class Told(Serving):
    """What a model that knows its Venn-Abers interval would say."""

    told: tuple[float, float] = (0.0, 0.0)

    def venn_abers(self, z: float, posterior: tuple[float, ...]) -> tuple[float, float]:
        del z, posterior
        return self.told


@pytest.mark.parametrize(
    ("interval", "declines"),
    [((0.2, 0.4), True), ((0.25, 0.39), False), ((0.31, 0.6), False), ((0.1, 0.29), False)],
)
def test_what_leaves_the_side_of_break_even_open_is_too_uncertain(
    interval: tuple[float, float], declines: bool
) -> None:
    plain = serving()
    served = Told(plain.trained, plain.judge, plain.id, told=interval)
    found, codes = calibrated(known(), served=served, breakeven=0.3)
    assert codes == ([Code.CAL_UNCERTAINTY_TOO_WIDE] if declines else [])
    (event, *_) = found.events()
    assert isinstance(event, ConvictionCalibrated)
    assert event.venn_abers == interval


def test_a_calibrator_that_is_too_old_is_only_asked_where_it_serves() -> None:
    age = NOW - serving().trained_at
    assert calibrated(known(), calibrator_age_ms_max=age)[1] == []
    assert calibrated(known(), calibrator_age_ms_max=age - 1)[1] == [Code.CAL_CALIBRATOR_EXPIRED]
    assert calibrated(known(n_eff=59.0), calibrator_age_ms_max=age - 1)[1] == []


def test_a_drift_alarm_declines_only_where_it_is_told_to() -> None:
    assert calibrated(known(alarmed=True))[1] == []
    assert calibrated(known(alarmed=True), drift="decline")[1] == [Code.CAL_DRIFT_ALARM]
