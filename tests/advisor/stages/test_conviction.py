"""Stage 4: the ladder is climbed as far as there is something to climb on."""

from __future__ import annotations

from typing import Any

import pytest

from barfinex.advisor.codes import Code
from barfinex.advisor.learning.known import Known
from barfinex.advisor.learning.ladder import Ladder, Phase, Rung
from barfinex.advisor.learning.serving import Serving
from barfinex.advisor.odds import probability
from barfinex.advisor.stages.conviction import RawConviction, score_conviction
from barfinex.advisor.trace import Decline
from barfinex.config import AdvisorConfig
from barfinex.events.advisor import ConvictionScored
from tests.advisor.builders import desk, facts, features, known, serving
from tests.advisor.steps import evidence

ROW = features([2.0] + [0.0] * 23)


def scored(
    told: Known, model: Serving | None = None, **config: Any
) -> tuple[RawConviction, list[Code], dict[Rung, float]]:
    weighed = evidence(facts=facts(features=ROW), desk=desk(serving=model))
    found = score_conviction(weighed, AdvisorConfig.model_validate(config), told)
    codes = [one.code for one in found.objections] if isinstance(found, Decline) else []
    output = found.output if isinstance(found, Decline) else found
    return output, codes, dict(zip(output.known.ladder.rungs, output.rungs, strict=True))


def test_without_a_model_the_base_rates_speak_and_the_rungs_above_repeat_them() -> None:
    found, codes, rungs = scored(known(prior=0.4, base=0.5, regime=0.6))
    assert not found.climbs
    assert rungs == {
        Rung.PRIOR: 0.4,
        Rung.BASE: 0.5,
        Rung.REGIME: 0.6,
        Rung.LOGISTIC: 0.6,
        Rung.CALIBRATED: 0.6,
    }
    assert found.raw == pytest.approx(0.4 * 0.4 + 0.3 * 0.5 + 0.3 * 0.6)
    assert codes == []


@pytest.mark.parametrize(
    ("n_eff", "climbs"), [(0.0, False), (29.9, False), (59.9, False), (60.0, True), (1e6, True)]
)
def test_a_model_climbs_only_from_shrunk_on(n_eff: float, climbs: bool) -> None:
    found, _, rungs = scored(known(n_eff=n_eff), serving())
    assert found.climbs is climbs
    assert found.evidence.z is not None
    said = probability(found.evidence.z)
    assert said > 0.6
    assert rungs[Rung.LOGISTIC] == (said if climbs else 0.5)
    assert (found.raw > 0.5) is climbs


def test_an_effective_number_that_is_none_is_no_knowledge() -> None:
    found, _, _ = scored(known(n_eff=float("nan")), serving())
    assert (found.phase, found.climbs) == (Phase.PRIOR, False)


def test_no_rung_is_ever_certain() -> None:
    found, _, rungs = scored(known(prior=0.0, base=1.0, regime=0.0))
    assert min(rungs.values()) == 0.02
    assert max(rungs.values()) == 0.98
    assert 0.02 <= found.raw <= 0.98


def test_the_weights_of_the_ladder_count() -> None:
    told = known(prior=0.3, base=0.7, regime=0.7)
    trusting = Ladder(weights=(0.0, 1.0, 0.0, 0.0, 0.0))
    assert scored(known(ladder=trusting, prior=0.3, base=0.7, regime=0.1))[0].raw == pytest.approx(0.7)
    assert scored(told)[0].raw < 0.7


def test_the_event_tells_every_rung_with_its_weight() -> None:
    found, _, _ = scored(known(labels=77), serving())
    (told,) = found.events()
    assert isinstance(told, ConvictionScored)
    assert (told.labels, told.phase, told.model_id) == (77, Phase.SHRUNK, serving().id)
    assert sum(p * weight for _, p, weight in told.rungs) == pytest.approx(told.raw)


@pytest.mark.parametrize(
    ("n_eff", "asked", "model", "expected"),
    [
        (100.0, "shrunk", False, [Code.CV_NO_MODEL]),
        (100.0, "shrunk", True, []),
        (59.0, "shrunk", True, [Code.CV_COLD_START_BLOCKED]),
        (29.0, "base", False, [Code.CV_COLD_START_BLOCKED]),
        (30.0, "base", False, []),
        (0.0, "prior", False, []),
    ],
)
def test_an_operator_may_ask_for_more_than_is_known(
    n_eff: float, asked: str, model: bool, expected: list[Code]
) -> None:
    assert scored(known(n_eff=n_eff), serving() if model else None, phase_min=asked)[1] == expected


def test_what_is_under_the_floor_is_declined() -> None:
    assert scored(known(), conviction_min=0.49)[1] == []
    assert scored(known(), conviction_min=0.51)[1] == [Code.CV_BELOW_FLOOR]
