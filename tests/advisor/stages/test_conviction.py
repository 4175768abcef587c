"""Stages 4 and 5: from a base rate and evidence to a probability that is one."""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.learning.labels import Labels
from barfinex.advisor.learning.platt import Platt
from barfinex.advisor.odds import logit
from barfinex.advisor.stages.calibration import calibrate
from barfinex.advisor.stages.conviction import score_conviction
from barfinex.advisor.stages.evidence import Evidence, weigh_evidence
from tests.advisor.builders import context, quality


def test_without_labels_and_evidence_the_conviction_is_the_configured_base_rate() -> None:
    found = score_conviction(weigh_evidence(quality(context(volatility=0.0))), Labels(0.45, 20))
    assert found.raw == pytest.approx(0.45)
    assert found.base_rate == pytest.approx(0.45)
    assert found.labels == 0


def test_evidence_counts_by_the_quality_it_rests_on() -> None:
    labels = Labels(0.45, 20)
    facts = context(trend=2.0)
    full, half, none = (
        score_conviction(weigh_evidence(quality(facts, grade)), labels).raw for grade in (1.0, 0.5, 0.0)
    )
    assert full > half > none == pytest.approx(0.45)


@given(
    base=st.floats(1e-6, 1 - 1e-6),
    evidence=st.floats(-20, 20),
    slope=st.floats(0, 50),
    intercept=st.floats(-50, 50),
)
def test_conviction_is_a_finite_probability(
    base: float, evidence: float, slope: float, intercept: float
) -> None:
    checked = quality()
    raw = score_conviction(Evidence(checked.case, checked, (), evidence), Labels(base, 1))
    calibrated = calibrate(raw, Platt(slope, intercept)).calibrated
    assert 0.0 <= raw.raw <= 1.0
    assert isfinite(raw.odds)
    assert 0.02 <= calibrated <= 0.98


def test_the_identity_leaves_the_conviction_as_it_is() -> None:
    raw = score_conviction(weigh_evidence(quality()), Labels(0.45, 20))
    assert calibrate(raw, Platt()).calibrated == raw.raw
    assert calibrate(raw, Platt(1.0, 0.5)).calibrated == pytest.approx(
        1 / (1 + (1 / raw.raw - 1) * 0.6065307)
    )
    assert raw.odds == pytest.approx(logit(raw.raw))
