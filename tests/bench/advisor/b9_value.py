"""B9: whether a model earns influence only by being right, and loses it by being wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from barfinex.advisor.llm.influence import E_ENOUGH, Influence, Mode, ShadowLabel, learned, reviewed
from tests.bench.advisor.figure import Figure

SHIFT = 0.10
"""How far the simulated model moves the probability, up or down."""
LABELS = 2000
HARMFUL = 200
"""Lives a median needs to be worth quoting; they are short."""
PAYOFF = 1.5


def figures(runs: int = 200) -> Iterator[Figure]:
    """`truth` is the share of the shift that is real: 1 useful, 0 useless, -0.5 harmful."""
    useless = [_life(0.0, seed) for seed in range(runs)]
    harmful = [_life(-0.5, seed) for seed in range(HARMFUL)]
    useful = [_favoured(1.0, seed) for seed in range(runs // 4)]
    risen = float(np.mean([mode in {Mode.VETO, Mode.TILT} for mode, _ in useless]))
    dropped = [labels if mode is Mode.OFF else LABELS for mode, labels in harmful]
    yield Figure("B9", "useless: share of runs that gain influence", risen, "<= 0.05")
    yield Figure("B9", "harmful: median labels until off", float(np.median(dropped)), "<= 250")
    yield Figure("B9", "useful: median labels until e >= 20", float(np.median(useful)), "<= 1000")
    naive = float(np.mean([_naive(seed) for seed in range(runs)]))
    yield Figure("B9", "useless, raised once its mean gain is positive", naive, "<= 0.05", control=True)


def labels(truth: float, rng: Generator, count: int = LABELS) -> Iterator[ShadowLabel]:
    """Signals with a chance near one half; the model would veto a third of those it moves down."""
    for _ in range(count):
        p = float(np.clip(rng.normal(0.5, 0.06), 0.25, 0.75))
        side = 1 if rng.random() < 0.5 else -1
        won = bool(rng.random() < p + truth * side * SHIFT)
        vetoed = side < 0 and rng.random() < 1 / 3
        yield ShadowLabel(p, p + side * SHIFT, 2 * side, vetoed, won, PAYOFF if won else -1.0)


def _life(truth: float, seed: int) -> tuple[Mode, int]:
    """Where a model that never lies goes from SHADOW, and after how many labels."""
    state = Influence()
    for count, label in enumerate(labels(truth, np.random.default_rng([9, seed])), 1):
        state, _ = reviewed(state, vetoed=label.vetoed, hallucinated=False)
        state, change = learned(state, label)
        if change is not None:
            return change.after, count
    return state.mode, LABELS


def _favoured(truth: float, seed: int) -> int:
    state = Influence()
    for count, label in enumerate(labels(truth, np.random.default_rng([9, seed])), 1):
        state, _change = learned(state, label)
        if state.favour.value >= E_ENOUGH:
            return count
    return LABELS


def _naive(seed: int) -> bool:
    """Raised by a mean that is looked at after every label from the fiftieth on."""
    gain = 0.0
    for count, one in enumerate(labels(0.0, np.random.default_rng([9, seed])), 1):
        gain += (one.p_no_llm - one.won) ** 2 - (one.p_llm - one.won) ** 2
        if count >= 50 and gain > 0.0:
            return True
    return False
