"""Three answers: what most of them say, or nothing."""

from __future__ import annotations

from math import nan

import pytest

from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.panel import agreed, is_close
from barfinex.advisor.llm.reply import Abstention, Reply
from barfinex.advisor.llm.schema import Stance, VetoCode
from barfinex.advisor.llm.synthesis import SynthesisResult, judge
from tests.advisor.llm.builders import claim, context, opposing, output, reply

ABOUT = context()


def result(kind: str) -> SynthesisResult:
    answers = {
        "for": output(ABOUT),
        "mild": output(ABOUT, tilt=1),
        "against": opposing(ABOUT),
        "no veto": opposing(ABOUT, veto=None, tilt=-1),
        "neutral": output(ABOUT, stance="NEUTRAL", tilt=0),
    }
    answers["false"] = output(ABOUT, claims=[claim("c1", "/features/mom_z", "9.99", "z")] * 2)
    said = reply(answers[kind]) if kind in answers else Reply("", "scripted", fault=Abstention.TIMEOUT)
    return judge(said, ABOUT, Mode.TILT, 0.5)


def panel(*kinds: str) -> SynthesisResult:
    return agreed([result(kind) for kind in kinds], 0.5)


def test_the_majority_speaks_with_the_median_tilt() -> None:
    found = panel("for", "mild", "against")
    assert (found.stance, found.tilt, found.veto) == (Stance.SUPPORT, 1, None)
    assert found.delta_logit == pytest.approx(0.05)
    assert (found.latency_ms, found.tokens) == (120.0, 2700)
    assert found.cost == pytest.approx(0.006)


def test_without_a_majority_there_is_no_answer() -> None:
    """I14: three who disagree move nothing."""
    for kinds in (("for", "against", "neutral"), ("for", "late", "late"), ("for", "against", "late")):
        found = panel(*kinds)
        assert (found.stance, found.tilt, found.veto, found.delta_logit) == (Stance.ABSTAIN, 0, None, 0.0)
        assert found.abstained is not None
        assert found.claims == ()


def test_a_veto_needs_a_majority_of_its_own() -> None:
    found = panel("no veto", "against", "against")
    assert (found.veto, found.veto_claims) == (VetoCode.LIQUIDITY, ("c1",))
    assert panel("against", "against", "for").veto is VetoCode.LIQUIDITY
    assert panel("against", "no veto", "no veto").veto_claims == ()
    assert panel("against", "no veto", "no veto").veto is None
    assert panel("against", "no veto", "for").veto is None


def test_a_lie_of_one_is_a_lie_of_the_panel() -> None:
    found = panel("for", "mild", "false")
    assert (found.tilt, found.hallucinated) == (1, True)
    assert not panel("for", "mild", "late").hallucinated


def test_a_panel_has_three() -> None:
    with pytest.raises(ValueError, match="panel"):
        agreed([result("for")], 0.5)


def test_only_close_decisions_are_worth_three_calls() -> None:
    assert is_close(0.45, 0.43)
    assert not is_close(0.47, 0.43)
    assert not is_close(nan, 0.43)
