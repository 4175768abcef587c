"""What a candle series lacks and what looks odd in it: measured and told, never repaired."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from barfinex.domain.candles import Floats, Ints

OUTLIER_MOVES = 50.0
PIECE = 1 << 16
REPEATS_MIN = 3  # As many candles of one and the same trade list do not come about by themselves.
HOUR_MS, HOURS_A_WEEK = 3_600_000, 168
WEEK_MS, WEEKS_MIN = HOUR_MS * HOURS_A_WEEK, 3


def score(candles: int, absent: int, wrong: int) -> float:
    """The share of the candles that should be there which are, and can be believed; 0 for none."""
    whole = candles + absent
    return max(0.0, (candles - wrong) / whole) if whole else 0.0


class Runs(NamedTuple):
    """Stretches of candles in time order: the start of the first of each, ms UTC, and how many there are."""

    first: Ints
    counts: Ints

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    @property
    def longest(self) -> int:
        return int(self.counts.max(initial=0))

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(start of the first candle, how many) of each."""
        return tuple(zip(self.first.tolist(), self.counts.tolist(), strict=True))

    def where(self, chosen: NDArray[np.bool_]) -> Runs:
        return Runs(self.first[chosen], self.counts[chosen])


def missing(ts: Ints, step_ms: int) -> Runs:
    """The candles absent between the first and the last of `ts`, which are ms UTC and ascend."""
    absent = np.diff(ts) // step_ms - 1
    before = np.flatnonzero(absent > 0)
    return Runs(ts[before] + step_ms, absent[before])


def closures(runs: Runs, ts: Ints, step_ms: int) -> NDArray[np.bool_]:
    """Which runs of missing candles are hours in which this market is closed: not gaps.

    Such a run holds an hour of the week that never had a candle in all of `ts` (three weeks of it at least):
    nights, weekends, and the holidays and early closes that run into them. A market that trades around the
    clock has no such hour.
    """
    weeks = (ts[-1] - ts[0]) / WEEK_MS if len(ts) else 0
    if weeks < WEEKS_MIN or step_ms > HOUR_MS:
        return np.zeros(len(runs.counts), dtype=np.bool_)
    traded = np.zeros(HOURS_A_WEEK, dtype=np.bool_)
    traded[ts // HOUR_MS % HOURS_A_WEEK] = True
    shut = np.concatenate([[0], np.cumsum(np.tile(~traded, 2))])  # Twice: a run may pass the week's end.
    begin = runs.first // HOUR_MS
    length = np.minimum((runs.first + runs.counts * step_ms - 1) // HOUR_MS - begin + 1, HOURS_A_WEEK)
    at = begin % HOURS_A_WEEK
    return np.asarray(shut[at + length] > shut[at])


def zero_volume(ts: Ints, volume: Floats) -> Runs:
    """Runs of neighbouring candles in which nothing was traded."""
    edges = np.flatnonzero(np.diff(volume == 0.0, prepend=False, append=False))
    return Runs(ts[edges[::2]], edges[1::2] - edges[::2])


def repeats(ts: Ints, *columns: Floats) -> Runs:
    """Runs of neighbouring candles that repeat the one before them in every column, three at least: a feed
    that was stuck. What traded nothing is quiet, not stuck: the last column is the volume."""
    same = np.ones(max(len(ts) - 1, 0), dtype=np.bool_)
    for column in columns:
        same &= column[1:] == column[:-1]
    same &= columns[-1][1:] > 0.0
    edges = np.flatnonzero(np.diff(same, prepend=False, append=False))
    runs = Runs(ts[edges[::2] + 1], edges[1::2] - edges[::2])
    return runs.where(runs.counts >= REPEATS_MIN)


def seams(ts: Ints, open_: Floats, close: Floats, step_ms: int) -> NDArray[np.intp]:
    """Indices of candles that open beyond 50 median moves from the close right before them, with no candle
    absent between: where two sources, or two adjustments of one, were joined."""
    typical = _median_move(log_returns(close))
    found = [np.empty(0, dtype=np.intp)]
    for at in range(1, len(ts) if typical else 0, PIECE):  # Piece by piece: a file may fill half the memory.
        stop = min(at + PIECE, len(ts))
        size = np.abs(np.log(open_[at:stop] / close[at - 1 : stop - 1]))
        joined = np.diff(ts[at - 1 : stop]) == step_ms
        found.append(np.flatnonzero((size > OUTLIER_MOVES * typical) & joined) + at)
    return np.concatenate(found)


def _median_move(moves: Floats) -> float:
    """Of those that moved at all, so that a thin market is not all outliers; 0 for none."""
    size = np.abs(moves, out=moves)
    moved = size[size > 0.0]
    return float(np.median(moved, overwrite_input=True)) if len(moved) else 0.0


def log_returns(close: Floats) -> Floats:
    """log(close / close before), one shorter than `close`; prices must be positive and finite."""
    moves: Floats = np.diff(np.log(close))
    return moves


def outliers(moves: Floats) -> NDArray[np.intp]:
    """Indices of log returns beyond 50 median moves: bad prints, splits, crashes; a person decides."""
    typical = _median_move(moves.copy())
    return np.flatnonzero(np.abs(moves) > OUTLIER_MOVES * typical) if typical else np.empty(0, dtype=np.intp)
