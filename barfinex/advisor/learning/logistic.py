"""The logistic rung: fitted in a few milliseconds, served in plain numbers, its terms adding up exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from barfinex.advisor.learning.newton import map_logistic
from barfinex.advisor.learning.scaling import Scaler
from barfinex.advisor.learning.splits import Split
from barfinex.advisor.odds import logit
from barfinex.domain.candles import Floats
from barfinex.domain.value import Value

LAMBDA = 16.0


class Logistic(Value, frozen=True):
    """logit p = base + sum w_j (x_j - mean_j): x is the scaled row, `mean` its mean in training, `weights`
    the coefficients, `base` the logit at that mean; `covariance` [d + 1, d + 1] of (weights, base), by
    Laplace's approximation.

    Raises:
        ValueError: lengths differ.
    """

    scaler: Scaler
    mean: tuple[float, ...]
    weights: tuple[float, ...]
    base: float
    covariance: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        d = len(self.scaler.features)
        if not len(self.mean) == len(self.weights) == d:
            raise ValueError(f"mean and weights are not of the {d} features")
        if [len(row) for row in self.covariance] != [d + 1] * (d + 1):
            raise ValueError(f"covariance is not {d + 1} by {d + 1}")

    def serve(self, values: Sequence[float]) -> tuple[float, list[float]]:
        """(z, terms): the logit of a row of d raw values, and what each feature adds to `base`; z is their
        sum. About 10 µs for 24 features.

        Raises:
            ValueError: there are not d values.
        """
        return self.serve_scaled(self.scaler.row(values))

    def serve_scaled(self, row: Sequence[float]) -> tuple[float, list[float]]:
        """As `serve`, of a row that is scaled already."""
        terms = [w * (x - m) for w, x, m in zip(self.weights, row, self.mean, strict=True)]
        return self.base + sum(terms), terms

    def logits(self, table: Floats) -> Floats:
        """[n] of rows [n, d] of raw values."""
        centred = self.scaler.rows(table) - np.array(self.mean)
        return np.asarray(centred @ np.array(self.weights) + self.base)


def train(
    features: Sequence[str],
    table: Floats,
    won: Floats,
    weights: Floats,
    prior: float,
    start: Logistic | None = None,
) -> Logistic:
    """The weighted most probable model: coefficients ~ N(0, 1/16), base ~ N(logit(prior), 1).

    Args:
        features: d names.
        table: [n, d], raw values, missing ones not finite; n >= 1.
        won: [n], 0 or 1.
        weights: [n], at least 0.
        prior: the strategy's win rate before this model, inside (0, 1).
        start: a model fitted on nearly the same labels: Newton begins there, and ends where it ends anyway.

    Raises:
        ValueError: there are no labels, or outcomes or weights are not what they must be.
    """
    if not (len(table) == len(won) == len(weights) and weights.sum() > 0.0 and (weights >= 0.0).all()):
        raise ValueError("weights are not one a label, at least 0 and some above: give labels that count")
    scaler = Scaler.fit(features, table)
    rows = scaler.rows(table)
    mean = weights @ rows / weights.sum()
    design = np.column_stack([rows - mean, np.ones(len(rows))])
    centre = np.append(np.zeros(len(features)), logit(prior))
    precision = np.append(np.full(len(features), LAMBDA), 1.0)
    begin = None if start is None else np.array([*start.weights, start.base])
    fit = map_logistic(design, won, centre, precision, weights, begin)
    *found, base = fit.coefficients.tolist()
    spread = tuple(map(tuple, fit.covariance().tolist()))
    return Logistic(scaler, tuple(mean.tolist()), tuple(found), base, spread)


def out_of_fold(
    model: Logistic, table: Floats, won: Floats, weights: Floats, prior: float, splits: Iterable[Split]
) -> Floats:
    """[n], each label's logit by a model that has not seen it or what overlaps it: scaler, mean and
    coefficients are of the split's training labels. NaN where no split tests a label, or nothing may train.

    Args:
        model: fitted on all labels; where Newton begins in each fold.
        splits: (train, test) that test no label twice, as of `kfold` or `walk_forward`.
    """
    z = np.full(len(won), np.nan)
    for inside, outside in splits:
        if not weights[inside].sum() > 0.0:
            continue
        part = train(model.scaler.features, table[inside], won[inside], weights[inside], prior, model)
        z[outside] = part.logits(table[outside])
    return z
