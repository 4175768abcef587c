"""Which rows of a candle file may be believed. A row that cannot is left out and counted, never mended."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from barfinex.domain.candles import Ints
from barfinex.provider.venues.columns import Columns
from barfinex.provider.venues.times import NO_TIME

Bools = NDArray[np.bool_]

# In the order in which they are looked for; a row is counted under the first that fits.
DEFECTS = (
    "bad_ts",  # absent, no whole millisecond, or in another unit than the rest
    "nan",  # a price or the volume is absent, NaN or infinite
    "price_not_positive",
    "high_below_low",
    "outside_range",  # open or close above high or below low
    "negative_volume",
    "contradiction",  # several rows of one ts that differ: none of them can be believed
    "out_of_order",
    "duplicate",  # exact copy of a row that is kept
)
EXAMPLES = 5


class Verdict(NamedTuple):
    """`keep` marks the believable rows; `found` gives the others, as 0-based row indices by defect."""

    keep: Bools
    found: dict[str, Ints]


def judge(rows: Columns) -> Verdict:
    """Judge every row. Those kept ascend strictly in ts."""
    ts, first, high, low, last, volume = rows.ts, rows.open, rows.high, rows.low, rows.close, rows.volume
    # Comparisons with NaN are false, so what passes is finite and inside; nothing is let through by omission.
    keep = (low > 0.0) & (low <= first) & (first <= high) & (low <= last) & (last <= high) & (high < np.inf)
    keep &= (volume >= 0.0) & (volume < np.inf) & (ts != NO_TIME)
    found: dict[str, Ints] = {}
    bad = np.flatnonzero(~keep)
    if len(bad):
        kinds = _kinds(rows.only(bad))
        found |= {DEFECTS[kind]: bad[kinds == kind] for kind in np.unique(kinds)}
    good_ts = ts[keep] if len(bad) else ts
    if not np.all(good_ts[1:] > good_ts[:-1]):
        found |= _disorder(np.flatnonzero(keep), rows)
        for indices in found.values():
            keep[indices] = False
    return Verdict(keep, found)


def _kinds(rows: Columns) -> Ints:
    """The first defect of each row, as an index into DEFECTS; every row given has one."""
    prices = np.stack((rows.open, rows.high, rows.low, rows.close))
    tests = (
        rows.ts == NO_TIME,
        ~(np.isfinite(prices).all(axis=0) & np.isfinite(rows.volume)),
        (prices <= 0.0).any(axis=0),
        rows.high < rows.low,
        (prices < rows.low).any(axis=0) | (prices > rows.high).any(axis=0),
    )
    return np.select(tests, range(len(tests)), default=len(tests)).astype(np.int64)


def _disorder(good: Ints, rows: Columns) -> dict[str, Ints]:
    """Doubled and misplaced rows among those that are good in themselves."""
    ts, columns = rows.ts, (rows.open, rows.high, rows.low, rows.close, rows.volume)
    order = good[np.argsort(ts[good], kind="stable")]
    starts = np.flatnonzero(np.diff(ts[order], prepend=NO_TIME))
    sizes = np.diff(starts, append=len(order))
    kept = np.repeat(order[starts], sizes)
    differs = np.any([column[order] != column[kept] for column in columns], axis=0)
    contradicts = np.repeat(np.logical_or.reduceat(differs, starts), sizes)
    single = np.sort(order[(order == kept) & ~contradicts])
    found = {
        "contradiction": np.sort(order[contradicts]),
        "out_of_order": single[_misplaced(ts[single])],
        "duplicate": np.sort(order[(order != kept) & ~contradicts]),
    }
    return {defect: found[defect] for defect in found if len(found[defect])}


def _misplaced(ts: Ints) -> Bools:
    """Rows without which the rest ascends: those that come late, or those that leap ahead if fewer."""
    late: Bools = ts < np.maximum.accumulate(ts)
    ahead: Bools = ts > np.minimum.accumulate(ts[::-1])[::-1]
    return late if late.sum() <= ahead.sum() else ahead
