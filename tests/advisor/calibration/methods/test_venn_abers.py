"""Venn-Abers: on its grid exactly what two isotonic fits say, and narrower the more it has seen."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from barfinex.advisor.calibration.methods.venn_abers import VennAbers, fit_venn_abers
from barfinex.advisor.learning.newton import sigmoid
from barfinex.domain.candles import Floats


def labels(n: int) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(9)
    z = rng.normal(size=n)
    return z, np.zeros((n, 1)), (rng.random(n) < sigmoid(z)).astype(np.float64)


def test_on_its_grid_it_is_two_isotonic_fits() -> None:
    z, nowhere, won = labels(300)
    found = fit_venn_abers(z, nowhere, won)
    for place in range(0, len(found.z), 4):
        at = found.z[place]
        for added, said in ((0.0, found.p0[place]), (1.0, found.p1[place])):
            oracle = IsotonicRegression().fit(np.append(z, at), np.append(won, added))
            assert said == pytest.approx(float(oracle.predict([at])[0]), abs=1e-9)


def test_it_narrows_with_labels() -> None:
    at = np.linspace(-1.0, 1.0, 9)
    widths = []
    for n in (100, 1_000, 10_000):
        p0, p1 = fit_venn_abers(*labels(n)).interval_many(at)
        widths.append(float((p1 - p0).mean()))
    assert widths[0] > widths[1] > widths[2] > 0.0


def test_it_is_near_the_truth_and_between_its_two() -> None:
    found = fit_venn_abers(*labels(20_000))
    at = np.linspace(-2.0, 2.0, 21)
    p0, p1 = found.interval_many(at)
    p = found.apply_many(at, np.zeros((21, 1)))
    assert np.abs(p - sigmoid(at)).max() < 0.05
    assert ((p0 - 1e-12 <= p) & (p <= p1 + 1e-12)).all()


def test_p0_above_p1_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="p0 above p1"):
        VennAbers((0.0,), (0.6,), (0.5,))
