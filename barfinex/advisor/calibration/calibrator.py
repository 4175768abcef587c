"""What every calibrator is: from a logit and a regime posterior to a probability that is never certain."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from barfinex.advisor.learning.weights import effective
from barfinex.domain.candles import Floats
from barfinex.domain.errors import BadInput

P_MIN, P_MAX = 0.02, 0.98
"""No number of past trades makes the next one certain."""
SLOPE_SD, INTERCEPT_SD = 0.5, 0.25
"""Prior standard deviations of the pooled slope around 1 and of the intercept around 0. The model underneath
has fitted an intercept already: with 0.5, thirty labels cost 0.002 of Brier score against no calibration."""
LOGIT_MAX = 50.0
"""A logit beyond it is a fault of what made it, and its square no number to fit with."""


class Calibrator(Protocol):
    """Fitted, immutable, and fit to be written as JSON (`artefact`)."""

    @property
    def name(self) -> str:
        """The method, by its name in `menu`."""

    def apply_many(self, z: Floats, posterior: Floats, /) -> Floats:
        """[n] probabilities in [P_MIN, P_MAX], of logits [n] under regime posteriors [n, R]."""


def bounded(p: Floats) -> Floats:
    """[n] clipped into [P_MIN, P_MAX]."""
    return np.clip(p, P_MIN, P_MAX)


def checked(z: Floats, posterior: Floats, won: Floats, weights: Floats | None) -> Floats:
    """The weights of the labels, [n]: one each when there are none.

    Args:
        z: [n] logits, out of fold.
        posterior: [n, R], each row the probabilities of the regimes, summing to at most 1.
        won: [n], 0 or 1.
        weights: [n], at least 0.

    Raises:
        BadInput: a length differs, a number is not finite or lies outside its range.
    """
    share = np.ones(len(z)) if weights is None else weights
    if not (z.ndim == 1 and posterior.ndim == 2 and len(z) == len(posterior) == len(won) == len(share)):
        raise BadInput("labels", "columns of unequal length", "give one row of each column a label")
    for name, column in (("z", z), ("posterior", posterior), ("won", won), ("weights", share)):
        if not np.isfinite(column).all():
            raise BadInput(name, "a number is not finite", "leave out the labels that are not known")
    if not (np.abs(z) <= LOGIT_MAX).all():
        raise BadInput("z", f"a logit is beyond {LOGIT_MAX:g}", "look for the score that is absurd")
    if not ((won == 0.0) | (won == 1.0)).all():
        raise BadInput("won", "an outcome is neither 0 nor 1", "give 1 for a net win and 0 for the rest")
    if not (share >= 0.0).all():
        raise BadInput("weights", "a weight is below 0", "give each label a weight of at least 0")
    if not ((posterior >= 0.0).all() and (posterior.sum(axis=1) <= 1.0 + 1e-6).all()):
        raise BadInput("posterior", "a row is no distribution", "give probabilities that sum to at most 1")
    return share


def effective_by_regime(posterior: Floats, weights: Floats) -> Floats:
    """[R]: the effective labels, shared out by weighted posterior mass. A posterior that is spread evenly
    tells little of any one regime, so Kish's figure is not taken of each.
    """
    total = float(weights.sum())
    return effective(weights) * (weights @ posterior) / total if total > 0.0 else np.zeros(posterior.shape[1])
