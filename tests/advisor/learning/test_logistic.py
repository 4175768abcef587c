"""The model is scikit-learn's optimum, its terms add up, and no fold sees its own labels."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from barfinex.advisor.learning.logistic import LAMBDA, Logistic, out_of_fold, train
from barfinex.advisor.learning.newton import sigmoid
from barfinex.advisor.learning.scaling import Scaler
from barfinex.advisor.learning.splits import kfold, walk_forward

NAMES = tuple(f"f{k}" for k in range(6))


def world(count: int = 400, seed: int = 1):
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((count, 6)) * [1, 10, 0.1, 1, 1, 1] + [0, 5, 0, 0, 0, 0]
    won = (rng.random(count) < sigmoid(table[:, 0] - 0.1 * (table[:, 1] - 5))).astype(float)
    return table, won, rng.uniform(0.2, 1.0, count)


def test_the_optimum_is_that_of_scikit_learn():
    table, won, weights = world()
    model = train(NAMES, table, won, weights, 0.5)
    rows = model.scaler.rows(table) - np.array(model.mean)
    # A column of 4 makes the intercept's precision 16 / 4² = 1.
    design = np.column_stack([rows, np.full(len(rows), 4.0)])
    oracle = LogisticRegression(C=1 / LAMBDA, fit_intercept=False, tol=1e-10, max_iter=1_000)
    oracle.fit(design, won, sample_weight=weights)
    np.testing.assert_allclose(model.weights, oracle.coef_[0, :-1], atol=1e-5)
    assert model.base == pytest.approx(4 * oracle.coef_[0, -1], abs=1e-5)


def test_terms_add_up_to_what_is_served_and_to_the_vectorised_logits():
    table, won, weights = world()
    table[::7, 2] = np.nan
    model = train(NAMES, table, won, weights, 0.4)
    for row, expected in zip(table[:50], model.logits(table)[:50], strict=True):
        z, terms = model.serve(row.tolist())
        assert z == model.base + sum(terms)
        assert z == pytest.approx(expected, abs=1e-12)


def test_the_base_is_the_logit_of_the_mean_row_and_leans_on_the_prior():
    table, won, weights = world(40)
    low, high = (train(NAMES, table, won, weights, prior) for prior in (0.2, 0.8))
    assert low.base < high.base
    assert np.average(low.logits(table), weights=weights) == pytest.approx(low.base)


def test_what_is_missing_is_the_median_and_outliers_are_clipped():
    scaler = Scaler.fit(("a",), np.array([[1.0], [2.0], [3.0], [np.nan]]))
    assert scaler.centre == (2.0,)
    assert scaler.row([float("nan")]) == [0.0]
    assert scaler.row([float("inf")]) == [0.0]
    assert scaler.row([1e9]) == [5.0]
    assert scaler.row([-1e9]) == [-5.0]


def test_the_scaler_is_median_and_iqr():
    table = np.random.default_rng(2).standard_normal((101, 3))
    table[5:40, 1] = np.nan
    table[:, 2] = 0.0
    table[:10, 2] = 1.0
    scaler = Scaler.fit(("a", "b", "c"), table)
    low, mid, high = np.nanquantile(table, [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_allclose(scaler.centre, mid)
    np.testing.assert_allclose(scaler.scale[:2], (high - low)[:2] / 1.3489795)
    assert scaler.scale[2] == pytest.approx(table[:, 2].std())
    assert Scaler.fit(("a",), np.full((4, 1), np.nan)).scale == (1.0,)


def test_the_covariance_shrinks_with_labels():
    worlds = (world(50), world(2_000))
    few, many = (np.diag(train(NAMES, table, won, weights, 0.5).covariance) for table, won, weights in worlds)
    assert (many > 0.0).all()
    assert (many < few).all()


def test_no_fold_sees_its_own_labels():
    table, won, weights = world()
    t0 = np.arange(400) * 10
    model = train(NAMES, table, won, weights, 0.5)
    splits = list(kfold(t0, t0 + 50, 20))
    z = out_of_fold(model, table, won, weights, 0.5, splits)
    assert np.isfinite(z).all()
    _, test = splits[2]
    other = won.copy()
    other[test] = 1 - other[test]
    again = out_of_fold(model, table, other, weights, 0.5, splits)
    np.testing.assert_array_equal(z[test], again[test])
    wild = table.copy()
    wild[test] *= 1_000
    _, outside = splits[2]
    scaled = out_of_fold(model, wild, won, weights, 0.5, [splits[2]])
    assert np.isfinite(scaled[outside]).all()


def test_where_nothing_may_train_there_is_no_logit():
    table, won, weights = world()
    t0 = np.arange(400) * 10
    model = train(NAMES, table, won, weights, 0.5)
    forward = out_of_fold(model, table, won, weights, 0.5, walk_forward(t0, t0 + 50, 0))
    assert np.isnan(forward[:66]).all()
    assert np.isfinite(forward[70:]).all()
    long_spans = out_of_fold(model, table, won, weights, 0.5, kfold(t0, t0 + 10_000, 0))
    assert np.isnan(long_spans).all()


def test_bad_labels_and_artefacts_are_refused():
    table, won, weights = world(20)
    with pytest.raises(ValueError, match="weights"):
        train(NAMES, table, won, -weights, 0.5)
    with pytest.raises(ValueError, match="weights"):
        train(NAMES, table, won, weights[:5], 0.5)
    with pytest.raises(ValueError, match="finite"):
        train(NAMES, table, won * np.nan, weights, 0.5)
    model = train(NAMES, table, won, weights, 0.5)
    with pytest.raises(ValueError, match="mean and weights"):
        Logistic(model.scaler, model.mean[:-1], model.weights, model.base, model.covariance)
    with pytest.raises(ValueError, match="covariance"):
        Logistic(model.scaler, model.mean, model.weights, model.base, model.covariance[:-1])
    with pytest.raises(ValueError, match="values are 5, features 6"):
        model.serve([0.0] * 5)
