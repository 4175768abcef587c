"""Stage 3: rules speak, the model is asked, and neither is the Detector's score."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.learning.ood import Oddness, Verdict
from barfinex.advisor.learning.serving import Serving
from barfinex.advisor.stages.evidence import Evidence, weigh_evidence
from barfinex.advisor.trace import Decline
from barfinex.config import AdvisorConfig
from barfinex.domain.signal import Direction, Regime
from barfinex.events.advisor import EvidenceWeighed, OutlierDetected
from tests.advisor.builders import MOTION, NOW, case, facts, features, serving
from tests.advisor.steps import TRUSTED, quality


def weighed(
    model: Serving | None = None,
    verdict: Verdict = TRUSTED,
    sent: dict[str, Any] | None = None,
    config: AdvisorConfig | None = None,
    **changes: Any,
) -> tuple[Evidence, list[Code]]:
    given = quality(case(**(sent or {})), facts(**changes))
    found = weigh_evidence(given, config or AdvisorConfig(), model, verdict)
    if isinstance(found, Decline):
        return found.output, [one.code for one in found.objections]
    return found, []


def test_without_a_model_the_rules_speak_alone() -> None:
    found, codes = weighed()
    assert (found.z, found.terms, found.model_id, found.oddness, found.agreement) == (None, (), "", None, 0)
    assert found.logit == sum(weight for _, weight in found.items)
    assert [name for name, _ in found.items] == ["trend", "volatility", "regime", "stop_distance"]
    assert codes == []
    (told,) = found.events()
    assert isinstance(told, EvidenceWeighed)
    assert told.ml_logit is None


def test_a_trend_speaks_for_who_goes_along_with_it_and_is_bounded() -> None:
    up = replace(MOTION, trend=1.5)
    along, against = weighed(motion=up)[0], weighed(motion=up, sent={"direction": Direction.SHORT})[0]
    assert dict(along.items)["trend"] == -dict(against.items)["trend"] > 0.0
    strong = weighed(motion=replace(MOTION, trend=20.0))[0]
    assert dict(strong.items)["trend"] == pytest.approx(0.3)


def test_surging_volatility_a_bad_regime_and_a_stop_in_the_noise_speak_against() -> None:
    base = dict(weighed()[0].items)
    stress = replace(facts().regime, label=Regime.STRESS)
    loud = replace(MOTION, volatility_ratio=2.0, volatility=0.02)
    worse = dict(weighed(motion=loud, regime=stress)[0].items)
    for name in ("volatility", "regime", "stop_distance"):
        assert worse[name] < base[name]


def test_the_detectors_score_moves_nothing() -> None:
    assert weighed(sent={"score": 0.5})[0].logit == weighed(sent={"score": 50.0})[0].logit


def test_the_model_says_what_each_feature_adds() -> None:
    model = serving()
    found, _ = weighed(model, features=features([2.0] + [0.0] * 23))
    assert found.z is not None
    assert found.z == pytest.approx(model.model.base + sum(added for _, added in found.terms), abs=1e-12)
    assert found.model_id == model.id
    assert len(found.outlying) == 3


@pytest.mark.parametrize(("trust", "rejected"), [(1.0, False), (0.6, False), (0.4, True)])
def test_a_row_unlike_the_training_is_told_of(trust: float, rejected: bool) -> None:
    found, codes = weighed(serving(), Verdict(trust, rejected, drift=False))
    told = [one for one in found.events() if isinstance(one, OutlierDetected)]
    assert len(told) == (trust < 1.0)
    assert codes == ([Code.SC_OUT_OF_DISTRIBUTION] if rejected else [])
    if told:
        assert told[0].action == ("reject" if rejected else "shrink")
        assert found.oddness == Oddness(told[0].dissimilarity, told[0].mahalanobis)


def test_rules_and_model_conflict_only_when_both_are_sure() -> None:
    down: dict[str, Any] = {"features": features([-9.0] + [0.0] * 23)}
    against, codes = weighed(serving(), **down)
    assert (against.agreement, codes) == (-1, []), "the rules are not sure"
    sure = weighed(serving(), motion=replace(MOTION, trend=20.0, volatility=0.002), **down)
    assert Code.SC_DIRECTION_CONFLICT in sure[1] or sure[0].logit < 0.5


def test_a_model_may_serve_until_it_is_too_old() -> None:
    model = serving()
    age = NOW - model.trained_at
    assert weighed(model, config=AdvisorConfig(model_age_ms_max=age))[1] == []
    too_old = weighed(model, config=AdvisorConfig(model_age_ms_max=age - 1))[1]
    assert too_old == [Code.SC_MODEL_EXPIRED]
