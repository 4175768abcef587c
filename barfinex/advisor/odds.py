"""Probabilities and their logits: evidence adds up in logits."""

from __future__ import annotations

from math import exp, log


def logit(probability: float) -> float:
    """ln(p / (1 - p)) for p inside (0, 1)."""
    return log(probability / (1.0 - probability))


def probability(odds: float) -> float:
    """The inverse of `logit`, in [0, 1] for every finite number."""
    if odds >= 0.0:
        return 1.0 / (1.0 + exp(-odds))
    grown = exp(odds)
    return grown / (1.0 + grown)
