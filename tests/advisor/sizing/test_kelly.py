"""The size is the formula's, bounded by its caps, and nothing where anything is not known."""

from __future__ import annotations

from math import inf, log1p, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from barfinex.advisor.sizing.kelly import Edge, Method, Size, Terms, fraction, size, trust

EDGE = Edge(p=0.55, se=0.04, ratio=1.5, n_eff=300.0)
TERMS = Terms(cap=0.05, quality=0.9, phase=1.0, vol_target=0.01, vol=0.0125, familiarity=1.0)
GOOD_EDGES = st.builds(Edge, st.floats(0, 1), st.floats(0, 0.5), st.floats(0.05, 20), st.floats(0, 5_000))
GOOD_TERMS = st.builds(
    Terms,
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(1e-4, 1),
    st.floats(1e-4, 1),
    st.floats(0, 1),
)


def test_the_fraction_maximises_growth() -> None:
    p, b = 0.45, 1.8
    grid = np.linspace(0.0, 0.9, 9_001)
    best = grid[np.argmax(p * np.log1p(b * grid) + (1.0 - p) * np.log1p(-grid))]
    assert fraction(p, b) == pytest.approx(best, abs=1e-4)
    assert fraction(0.35, 1.8) == 0.0


def test_the_size_is_the_product_of_what_it_names() -> None:
    found = size(EDGE, replace(TERMS, cap=1.0))
    p_eff = 0.55 - 0.5 * 0.04
    assert found.p_eff == pytest.approx(p_eff)
    assert found.kelly == pytest.approx(0.25 * (p_eff * 2.5 - 1.0) / 1.5)
    assert found.volatility == pytest.approx(0.8)
    assert found.fraction == pytest.approx(found.kelly * 0.9 * 0.8)
    assert found.reason == ""


def test_where_a_loss_is_more_than_one_r_less_is_put_at_risk() -> None:
    """Failed before: with costs a loss of 1.5 R was staked like one of 1 R, half as much again as Kelly's."""
    p, win, loss = 0.5, 2.4, 1.5
    grid = np.linspace(0.0, 0.6, 6_001)
    best = grid[np.argmax(p * np.log1p(win * grid) + (1.0 - p) * np.log1p(-loss * grid))]
    dear = Edge(p, 0.0, win / loss, 300.0, loss)
    assert size(dear, replace(TERMS, cap=1.0)).kelly == pytest.approx(0.25 * best, abs=1e-4)
    small = replace(dear, loss=0.4)
    assert size(small, TERMS) == size(replace(dear, loss=1.0), TERMS), "a small loss raises nothing"


def test_kappa_doubles_at_a_thousand_labels() -> None:
    assert size(replace(EDGE, n_eff=999.9), TERMS).kappa == 0.25
    assert size(replace(EDGE, n_eff=1_000.0), TERMS).kappa == 0.5


def test_the_cap_holds_before_and_after_the_multipliers() -> None:
    calm = replace(TERMS, cap=0.02, quality=1.0, vol=0.001)
    found = size(EDGE, calm)
    assert found.volatility == 1.5
    assert found.fraction == 0.02


def test_volatility_scales_within_its_bounds() -> None:
    assert size(EDGE, replace(TERMS, vol=10.0)).volatility == 0.25
    assert size(EDGE, replace(TERMS, vol=1e-9)).volatility == 1.5


def test_what_is_unlike_the_past_is_risked_less_and_then_not_at_all() -> None:
    whole = size(EDGE, TERMS).fraction
    assert size(EDGE, replace(TERMS, familiarity=0.5)).fraction == pytest.approx(0.5 * whole)
    none = size(EDGE, replace(TERMS, familiarity=0.0))
    assert (none.fraction, none.reason) == (0.0, "a cap or a multiplier is zero")


def test_without_an_edge_there_is_no_size_and_it_says_why() -> None:
    found = size(replace(EDGE, p=0.41), TERMS)
    assert found.fraction == 0.0
    assert "does not exceed the break-even 0.4000" in found.reason


def test_baker_mchale_serves_only_the_mature() -> None:
    young = size(EDGE, TERMS, Method.BAKER_MCHALE)
    assert young == size(EDGE, TERMS)
    old = size(replace(EDGE, n_eff=2_000.0), TERMS, Method.BAKER_MCHALE)
    assert old.p_eff == 0.55
    assert old.kappa == pytest.approx(trust(0.55, 0.04, 1.5))


def test_trust_falls_with_the_noise() -> None:
    assert trust(0.5, 0.0, 1.5) == pytest.approx(1.0)
    assert trust(0.5, 0.1, 1.5) == pytest.approx(0.25**2 / (0.25**2 + 0.25**2))
    assert trust(0.4, 0.1, 1.5) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("bad", [nan, inf, -inf, -0.1])
@pytest.mark.parametrize("field", [*Edge.__struct_fields__, *Terms.__struct_fields__])
def test_what_is_no_number_gives_no_size_with_the_reason(field: str, bad: float) -> None:
    on_edge = field in Edge.__struct_fields__
    found = size(
        replace(EDGE, **{field: bad}) if on_edge else EDGE,
        TERMS if on_edge else replace(TERMS, **{field: bad}),
    )
    assert found == Size(reason=found.reason)
    assert found.reason.startswith(f"{field} {bad} is not inside")


@given(GOOD_EDGES, GOOD_TERMS, st.sampled_from(Method))
def test_a_size_is_never_above_its_cap_nor_below_zero(edge: Edge, terms: Terms, method: Method) -> None:
    found = size(edge, terms, method)
    assert 0.0 <= found.fraction <= terms.cap
    assert bool(found.reason) == (found.fraction == 0.0)


@given(GOOD_EDGES, GOOD_TERMS, st.floats(0, 0.3))
def test_more_doubt_never_means_more_size(edge: Edge, terms: Terms, more: float) -> None:
    assert size(replace(edge, se=edge.se + more), terms).fraction <= size(edge, terms).fraction


def test_the_haircut_keeps_growth_positive_where_the_estimate_is_half_an_error_too_high() -> None:
    truth, b = 0.45, 1.5
    found = size(Edge(truth + 0.5 * 0.05, 0.05, b, 100.0), replace(TERMS, cap=1.0, vol=0.01, quality=1.0))
    f = found.fraction
    assert truth * log1p(b * f) + (1.0 - truth) * log1p(-f) > 0.0
