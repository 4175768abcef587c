"""Stage 2: a grade that one bad part lowers and one hard fault takes away."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from barfinex.advisor.codes import Code
from barfinex.advisor.motion import Motion
from barfinex.advisor.quotes import Quote
from barfinex.advisor.stages.context import Context, gather_context
from barfinex.advisor.stages.quality import WEIGHTS, Quality, grade_quality
from barfinex.advisor.trace import Decline
from barfinex.config import AdvisorConfig
from barfinex.events.advisor import QualityBlocked, QualityGraded
from tests.advisor.builders import ACCOUNT, MOTION, NOW, QUOTE, STEP, case, facts

CLEAN = Motion(121, 100.0, 0.002, 1.0, 0.5, 0.003, 0.0, 0.0, 0.0, 0.0, NOW, STEP, final=True, sound=True)
BOOK = Quote(99.99, 100.01, NOW, "book", 2.5, 1e6, 1e6)
CONFIG = AdvisorConfig(depth_min=1e5)


def graded(config: AdvisorConfig = CONFIG, **changes: Any) -> tuple[Quality, list[Code]]:
    context = gather_context(case(), facts(**{"motion": CLEAN, "quote": BOOK, **changes}), 0)
    assert isinstance(context, Context)
    found = grade_quality(context, config)
    if isinstance(found, Decline):
        return found.output, [one.code for one in found.objections]
    return found, []


def test_a_clean_market_is_graded_one() -> None:
    found, codes = graded()
    assert (found.grade, found.findings, codes) == (1.0, (), [])
    assert dict(found.components).keys() == WEIGHTS.keys()
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


PARTS: list[tuple[str, dict[str, Any], float]] = [
    ("freshness", {"motion": replace(CLEAN, closed_at=NOW - 2 * STEP)}, 0.5),
    ("continuity", {"motion": replace(CLEAN, unsure=0.1, absent=0.1)}, 0.81),
    ("continuity", {"motion": replace(CLEAN, candles=15)}, 0.5),
    ("spread", {"quote": replace(BOOK, usual_bps=2.0 / 5.5)}, 0.55),
    ("depth", {"config": AdvisorConfig(depth_min=2e6), "quote": replace(BOOK, depth_ask=1e6)}, 0.5),
    ("outlier", {"motion": replace(CLEAN, jump=-10.0)}, 0.5),
    ("clock", {"quote": replace(BOOK, ahead_ms=250)}, 0.75),
    ("activity", {"motion": replace(CLEAN, idle=0.4)}, 0.6),
]


@pytest.mark.parametrize(("name", "changes", "part"), PARTS)
def test_each_part_lowers_the_grade_by_its_weight(name: str, changes: dict[str, Any], part: float) -> None:
    found, codes = graded(**changes)
    components = dict(found.components)
    assert components[name] == pytest.approx(part, abs=1e-6)
    assert found.findings == (name,)
    if not codes:
        assert found.grade == pytest.approx(exp(WEIGHTS[name] * log(part)), abs=1e-6)
    assert (codes == [Code.DQ_DEPTH_THIN, Code.DQ_SCORE_BELOW_MIN]) is (name == "depth")


@given(st.floats(0.0, 20.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(0, 2_000))
def test_the_grade_is_a_share_and_worse_data_is_never_graded_better(
    jump: float, idle: float, absent: float, ahead: int
) -> None:
    changes: dict[str, Any] = {
        "motion": replace(CLEAN, jump=jump, idle=idle, absent=absent),
        "quote": replace(BOOK, ahead_ms=ahead),
    }
    found, _ = graded(**changes)
    worse, _ = graded(motion=replace(changes["motion"], idle=min(1.0, idle + 0.1)), quote=changes["quote"])
    assert 0.0 <= worse.grade <= found.grade <= 1.0


def test_the_grade_is_no_better_than_what_the_provider_says() -> None:
    assert graded(score=0.4)[0].grade == 0.4
    assert graded(score=1.0)[0].grade == 1.0
    assert graded(parts=(("freshness", 0.25),))[0].findings == ("freshness",)


@pytest.mark.parametrize("broken", [nan, inf, -inf])
@pytest.mark.parametrize(
    "changes",
    [
        lambda broken: {"score": broken},
        lambda broken: {"parts": (("freshness", broken),)},
        lambda broken: {"motion": replace(CLEAN, idle=broken)},
        lambda broken: {"quote": replace(BOOK, ahead_ms=broken)},
        lambda broken: {"quote": replace(BOOK, depth_bid=broken, depth_ask=broken)},
    ],
)
def test_a_part_that_is_not_finite_counts_for_nothing(
    broken: float, changes: Callable[[float], dict[str, Any]]
) -> None:
    """Failed before: a NaN was clamped to 1 (I4)."""
    found, codes = graded(**changes(broken))
    assert found.grade == 0.0
    assert Code.DQ_SCORE_BELOW_MIN in codes
    assert all(0.0 <= part <= 1.0 for _, part in found.components)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (Code.DQ_STALE_QUOTE, {"motion": replace(CLEAN, closed_at=NOW - 3 * STEP)}),
        (Code.DQ_STALE_BOOK, {"quote": replace(BOOK, known_at=NOW - 60_001)}),
        (Code.DQ_CANDLE_UNFINAL, {"motion": replace(CLEAN, final=False)}),
        (Code.DQ_CANDLE_GAP, {"motion": replace(CLEAN, unsure=0.11, absent=0.1)}),
        (Code.DQ_CROSSED_BOOK, {"quote": replace(BOOK, bid=100.01)}),
        (Code.DQ_DEPTH_THIN, {"quote": replace(BOOK, depth_bid=1.0)}),
        (Code.DQ_PRICE_OUTLIER, {"motion": replace(CLEAN, sound=False)}),
        (Code.DQ_PRICE_OUTLIER, {"motion": replace(CLEAN, volatility=0.0)}),
        (Code.DQ_HALTED, {"account": replace(ACCOUNT, halted="strategy sample")}),
    ],
)
def test_a_hard_fault_leaves_no_grade_and_is_told(code: Code, changes: dict[str, Any]) -> None:
    found, codes = graded(**changes)
    assert (found.grade, codes) == (0.0, [code, Code.DQ_SCORE_BELOW_MIN])
    told, blocked = found.events()
    assert isinstance(told, QualityGraded)
    assert isinstance(blocked, QualityBlocked)
    assert (told.grade, blocked.code) == (0.0, code)


def test_a_candle_has_no_age_of_a_book_and_an_old_book_is_one() -> None:
    old = replace(QUOTE, known_at=NOW - 10 * STEP)
    assert graded(quote=old, motion=MOTION)[1] == []
    at_the_limit = replace(BOOK, known_at=NOW - 60_000)
    assert graded(quote=at_the_limit)[1] == []


def test_figures_that_are_no_numbers_pass_nothing() -> None:
    """I4."""
    _, codes = graded(motion=replace(CLEAN, jump=nan, absent=nan), quote=replace(BOOK, ask=nan))
    assert {
        Code.DQ_CANDLE_GAP,
        Code.DQ_CROSSED_BOOK,
        Code.DQ_PRICE_OUTLIER,
        Code.DQ_SPREAD_UNSTABLE,
        Code.DQ_SCORE_BELOW_MIN,
    } <= set(codes)
