"""The terms add up to what was published, and what does not shows."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from barfinex.advisor.attribution import CENTRE, Linear, Step, attribute
from barfinex.advisor.odds import logit, probability

LOGITS = st.floats(-4.0, 4.0)
MODEL = Linear(
    logit=-0.2 + 0.5 * 1.5 - 0.3 * 2.0,
    intercept=-0.2,
    names=("momentum", "spread"),
    weights=(0.5, -0.3),
    inputs=(1.5, 2.0),
    means=(0.5, 1.0),
)


def test_every_term_is_what_it_says() -> None:
    steps = [(Step.CALIBRATION, -0.1), (Step.REGIME, 0.2), (Step.LADDER, 0.1), (Step.SYNTHESIS, 0.05)]
    found = attribute(-0.4, MODEL, steps, probability(0.05))
    terms = {term.name: term.logit for term in found.terms}
    assert list(terms) == [CENTRE, "momentum", "spread", "calibration", "regime", "ladder", "synthesis"]
    assert terms[CENTRE] == pytest.approx(-0.2 + 0.25 - 0.3 + 0.4)
    assert terms["momentum"] == pytest.approx(0.5)
    assert terms["spread"] == pytest.approx(-0.3)
    assert terms["calibration"] == pytest.approx(-0.1 - MODEL.logit)
    assert terms["synthesis"] == pytest.approx(-0.05)
    assert found.exact


@given(
    LOGITS,
    LOGITS,
    st.lists(st.tuples(st.floats(-2, 2), st.floats(-5, 5), st.floats(-2, 2)), max_size=24),
    st.lists(LOGITS, min_size=len(Step), max_size=len(Step)),
    st.integers(1, len(Step)),
)
def test_nothing_is_left_over(
    base: float, intercept: float, rows: list[tuple[float, float, float]], after: list[float], count: int
) -> None:
    served = intercept + sum(w * x for w, x, _ in rows)
    columns = tuple(zip(*rows, strict=True)) or ((), (), ())
    model = Linear(served, intercept, tuple(f"x{k}" for k in range(len(rows))), *columns)
    steps = list(zip(Step, after, strict=True))[-count:]
    found = attribute(base, model, steps, probability(after[-1]))
    assert abs(found.residual) < 1e-9
    total = found.base_logit + sum(term.logit for term in found.terms) + found.residual
    assert total == pytest.approx(logit(probability(after[-1])), abs=1e-9)


def test_without_a_model_or_a_step_the_base_is_all() -> None:
    found = attribute(-0.3, None, [], probability(-0.3))
    assert (found.terms, found.exact) == ((), True)


def test_a_model_that_served_something_else_shows() -> None:
    found = attribute(-0.4, replace(MODEL, logit=0.3), [(Step.LADDER, 0.1)], probability(0.1))
    assert found.residual == pytest.approx(0.3 - MODEL.logit)
    assert not found.exact


def test_a_last_step_that_is_not_told_shows() -> None:
    found = attribute(-0.4, MODEL, [(Step.LADDER, 0.1)], probability(0.35))
    assert found.residual == pytest.approx(0.25)


@pytest.mark.parametrize("p", [0.0, 1.0, nan, inf])
def test_certainty_is_not_explained(p: float) -> None:
    with pytest.raises(ValueError, match="p_final"):
        attribute(0.0, None, [], p)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="calibration is out of order"):
        attribute(0.0, None, [(Step.LADDER, 0.1), (Step.CALIBRATION, 0.1)], 0.5)
    with pytest.raises(ValueError, match="ladder is out of order"):
        attribute(0.0, None, [(Step.LADDER, 0.1), (Step.LADDER, 0.1)], 0.5)
    with pytest.raises(ValueError, match="momentum nan is not finite"):
        attribute(0.0, replace(MODEL, inputs=(nan, 2.0)), [], 0.5)
    with pytest.raises(ValueError, match="base_logit"):
        attribute(nan, None, [], 0.5)
    with pytest.raises(ValueError, match="zip"):
        attribute(0.0, replace(MODEL, means=(0.5,)), [], 0.5)
