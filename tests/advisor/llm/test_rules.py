"""The review without a model passes the check on every input: the permanent test for false positives."""

from __future__ import annotations

import json
from string import ascii_lowercase
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.llm.checker import check
from barfinex.advisor.llm.context import Untrusted, build_context
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.leaves import LABELS, Leaf, Unit
from barfinex.advisor.llm.quantities import QUANTITIES, kind_of
from barfinex.advisor.llm.reply import Source
from barfinex.advisor.llm.rules import RuleSynthesizer
from barfinex.advisor.llm.schema import Stance
from barfinex.advisor.llm.synthesis import judge
from tests.advisor.llm.builders import context, leaves

NUMBERS = st.floats(-1e12, 1e12) | st.integers(-1000, 1000) | st.sampled_from([0.0, 1e-13, -2.5, 100.0])
NAMES = st.text(ascii_lowercase + "_0123456789", min_size=1, max_size=12)
STEMS = sorted({name.split("/")[-1] for one in QUANTITIES for name in one.stems})
PATHS = st.builds(
    lambda first, last: f"/{first}/{last}",
    st.sampled_from(["features", "quality", "regime", "economics", "history", "rules", "buy", "ignore"]),
    st.sampled_from(STEMS).map(lambda name: f"{name}_z") | NAMES,
)


@st.composite
def any_leaf(draw: st.DrawFn, path: str) -> Leaf:
    unit = draw(st.sampled_from([one for one in Unit if one is not Unit.PRICE]))
    if unit is Unit.BOOL:
        return Leaf(draw(st.booleans()), unit, kind_of(path, unit))
    if unit in LABELS:
        return Leaf(draw(st.sampled_from(["TREND", "RANGE", "x1", "BUY"])), unit, kind_of(path, unit))
    return Leaf(draw(NUMBERS), unit, kind_of(path, unit))


@st.composite
def any_context(draw: st.DrawFn) -> Any:
    paths = draw(st.lists(PATHS, min_size=2, max_size=12, unique=True))
    facts = {path: draw(any_leaf(path)) for path in paths}
    if draw(st.booleans()):
        facts["/signal/side"] = Leaf(draw(st.sampled_from(["LONG", "SHORT", "long"])), Unit.ENUM)
    weights = {path: draw(st.floats(-2, 2)) for path in draw(st.lists(st.sampled_from(paths), max_size=9))}
    items = [Untrusted("n1", draw(st.text(max_size=50)))] if draw(st.booleans()) else []
    return build_context(facts, items, weights)


@given(about=any_context())
def test_the_rules_say_nothing_the_checker_can_object_to(about: Any) -> None:
    reply = RuleSynthesizer().review(about)
    found = check(reply.text, about)
    assert not found.findings, reply.text


@given(about=any_context(), mode=st.sampled_from(Mode), gamma=st.floats(0, 1))
def test_the_rules_have_no_influence(about: Any, mode: Mode, gamma: float) -> None:
    """I14: without a model nothing is added, vetoed or taken away."""
    found = judge(RuleSynthesizer().review(about), about, mode, gamma)
    assert (found.delta_logit, found.veto, found.abstained) == (0.0, None, None)
    assert found.source is Source.RULE


def test_every_known_name_can_be_said() -> None:
    for one in QUANTITIES:
        name = min(one.stems)
        path = f"/{name}" if "/" in name else f"/features/{name}"
        facts = {path: Leaf(3.21, Unit.RATIO), "/signal/ttl": Leaf(5, Unit.COUNT)}
        about = build_context(facts, (), {path: 0.4, "/signal/ttl": -0.1})
        text = RuleSynthesizer().review(about).text
        assert not check(text, about).findings, text


def test_the_strongest_attributions_are_cited_with_their_side() -> None:
    weights = {"/features/mom_z": 0.3, "/features/ofi_z": -0.1, "/quality/spread": 0.2}
    about = build_context(leaves(), attribution=weights)
    found = json.loads(RuleSynthesizer().review(about).text)
    assert [one["path"] for one in found["claims"]] == [
        "/features/mom_z",
        "/quality/spread",
        "/features/ofi_z",
    ]
    assert [one["polarity"] for one in found["claims"]] == ["FOR", "FOR", "AGAINST"]
    assert found["stance"] == "SUPPORT"


def test_the_rationale_reads_with_the_contexts_numbers() -> None:
    about = build_context(leaves(), attribution={"/features/mom_z": 0.3, "/quality/spread": -0.4})
    found = judge(RuleSynthesizer().review(about), about, Mode.SHADOW, 0.0)
    assert found.rationale_rendered == (
        "Spread 2.5 bps speaks against the signal. Momentum 1.423 z supports the signal."
    )
    assert found.stance is Stance.NEUTRAL


def test_without_attributions_the_signed_leaves_speak() -> None:
    found = json.loads(RuleSynthesizer().review(context(ofi_z=-2.6, mom_z=-0.4)).text)
    assert found["stance"] == "OPPOSE"
    assert found["conflicts"] == ["/features/ofi_z"]
