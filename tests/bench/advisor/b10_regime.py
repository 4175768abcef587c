"""B10: regimes are told forward only, tell loud from calm, and change about as often as the market does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from barfinex.advisor.regimes.inputs import TREND, VOL, fresh, measure
from barfinex.advisor.regimes.mixture import Reader
from barfinex.advisor.regimes.states import STATES, UNKNOWN, State
from barfinex.advisor.regimes.tracker import COLD, REFIT_EVERY, RegimeTracker
from barfinex.domain.candles import Candles, Ints, Series
from tests.advisor.regimes.worlds import world
from tests.bench.advisor.figure import Figure

WORLDS = 12
SIZE, SCORED = 6_000, 2_500
"""Candles of a world, and the first of those that are scored."""
LOUD = [STATES.index(State.BREAKOUT), STATES.index(State.STRESS)]
CENTRED = 25


def figures(worlds: int = WORLDS) -> Iterator[Figure]:
    markets = [world(seed, SIZE) for seed in range(worlds)]
    yield Figure("B10", "candles whose label a later one changed", changed(markets, labels_of), "== 0")
    yield Figure("B10", "the same, labels smoothed over both sides", changed(markets, smoothed), "== 0", True)
    told = [labels_of(market.block()) for market, _ in markets]
    ruled = [labels_of(market.block(), fitted=False) for market, _ in markets]
    raw = [own_labels(market) for market, _ in markets]
    truth = [states for _, states in markets]
    yield Figure("B10", "share of candles rightly called loud or calm", accuracy(told, truth), ">= 0.88")
    yield Figure("B10", "the same, ranks without a mixture", accuracy(ruled, truth), ">= 0.88", True)
    yield Figure("B10", "changes of the label over true ones", restlessness(told, truth), "<= 2")
    yield Figure("B10", "the same without hysteresis", restlessness(raw, truth), "<= 2", True)


def labels_of(candles: Candles, fitted: bool = True) -> Ints:
    """The label after each candle, taken in as one block."""
    tracker = RegimeTracker() if fitted else RegimeTracker(trainer=lambda *_: None)
    labels = np.full(len(candles), UNKNOWN)
    for one in tracker.advance(candles):
        labels[one.index :] = STATES.index(one.after)
    return labels


def smoothed(candles: Candles) -> Ints:
    """Each label is the commonest of the candles around it, so of later ones too: it looks ahead."""
    labels = labels_of(candles)
    padded = np.pad(labels, CENTRED, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * CENTRED + 1)
    votes = [(windows == state).sum(axis=1) for state in range(len(STATES))]
    return np.asarray(np.argmax(votes, axis=0))


def own_labels(market: Series) -> Ints:
    """Each candle's own state under the mixture that served it; UNKNOWN while there was none."""
    table, _ = measure(fresh(), market.close)
    tracker, labels = RegimeTracker(), np.full(SIZE, UNKNOWN)
    start = 0
    while start < SIZE:
        stop = min(start + tracker.due, SIZE)
        if tracker.fitted is not None:
            reader = Reader(tracker.fitted.mixture)
            labels[start:stop], _ = reader.read(table[VOL, start:stop], table[TREND, start:stop])
        tracker.advance(market.block(start, stop))
        start = stop
    return labels


def changed(markets: list[tuple[Series, Ints]], method: Callable[[Candles], Ints]) -> float:
    """Candles whose label in a prefix is another one than in the whole; prefixes end anywhere."""
    count = 0
    for seed, (market, _) in enumerate(markets):
        rng = np.random.default_rng(seed)
        stops = [*rng.integers(1, SIZE, 4).tolist(), COLD, COLD + REFIT_EVERY]
        whole = method(market.block())
        count += sum(int((method(market.block(0, stop)) != whole[:stop]).sum()) for stop in stops)
    return float(count)


def accuracy(told: list[Ints], truth: list[Ints]) -> float:
    """Of the scored candles; UNKNOWN calls nothing loud."""
    shares = [
        float(np.mean(np.isin(labels, LOUD)[SCORED:] == (states >= 2)[SCORED:]))
        for labels, states in zip(told, truth, strict=True)
    ]
    return float(np.mean(shares))


def restlessness(told: list[Ints], truth: list[Ints]) -> float:
    return sum(map(_changes, told)) / sum(map(_changes, truth))


def _changes(labels: Ints) -> int:
    return int(np.count_nonzero(np.diff(labels[SCORED:])))
