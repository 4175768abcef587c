"""A label changes only when another one has been sure for several candles in a row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from barfinex.advisor.regimes.states import UNKNOWN, Flags
from barfinex.domain.candles import Floats, Ints

PATIENCE = 6
"""Candles in a row; half of them after a hint of change."""
PATIENCE_UNKNOWN = 24
"""UNKNOWN waits as long as the fast volatility remembers: one shock makes as many candles strange."""
SURE = 0.6
"""Posterior from which a candle counts."""
NOBODY = -1


class Held(NamedTuple):
    """The `label` held, and for how many candles; the `candidate` that the last `streak` candles claimed."""

    label: int = UNKNOWN
    age: int = 0
    candidate: int = NOBODY
    streak: int = 0


def settle(held: Held, seen: Ints, sure: Flags, hinted: Flags) -> tuple[Ints, Held]:
    """The label held after each candle, [n], and where that leaves the next.

    A label takes over at the first candle at which `PATIENCE` candles in a row were sure of it, half of them
    where a change is hinted at; UNKNOWN after `PATIENCE_UNKNOWN`, always. No Python step per candle.

    Args:
        seen: [n], n >= 1, each candle's own state number.
        sure: [n], whether it is sure enough to count.
        hinted: [n], whether a change is hinted at.
    """
    size = len(seen)
    claims = np.where(sure, seen, NOBODY)
    place = np.arange(size)
    begins = np.empty(size, dtype=np.bool_)
    begins[0] = claims.item(0) != held.candidate
    np.not_equal(claims[1:], claims[:-1], out=begins[1:])
    since = np.maximum.accumulate(np.where(begins, place, NOBODY))
    counts = np.where(since < 0, held.streak + 1 + place, place - since + 1)
    needed = np.where(claims == UNKNOWN, PATIENCE_UNKNOWN, np.where(hinted, PATIENCE // 2, PATIENCE))
    wins = (claims != NOBODY) & (counts >= needed)
    last = np.maximum.accumulate(np.where(wins, place, NOBODY))
    labels = np.where(last < 0, held.label, claims[last])
    changed = turns(held.label, labels)
    age = size - changed.item(-1) if len(changed) else held.age + size
    return labels, Held(labels.item(-1), age, claims.item(-1), counts.item(-1))


def turns(before: int, labels: Ints) -> Ints:
    """Where the labels change, `before` the one held until then."""
    inside = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    return inside if labels.item(0) == before else np.concatenate(([0], inside))


def certain(posterior: Floats, seen: Ints) -> Flags:
    """Whether each candle is sure of its state: UNKNOWN always is."""
    best = posterior.max(axis=0)
    return np.asarray((best >= SURE) | (seen == UNKNOWN))
