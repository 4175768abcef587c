"""Features of book and tape, for the candles of which they were measured."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import isfinite, log

import numpy as np

from barfinex.advisor.features.vector import Reading
from barfinex.domain.candles import Candles, Floats
from barfinex.domain.flow import BookFlow, TapeFlow
from barfinex.events.provider_market import FlowMeasured

LOOKBACK = 60
ENOUGH = 20
"""Measured candles below which a spread or a depth has nothing to be compared with."""
SLOPE = 5


class FlowWindow:
    """What was measured of one instrument and timeframe, the last `LOOKBACK` candles of it; older ones are
    dropped."""

    def __init__(self) -> None:
        self._held: deque[FlowMeasured] = deque(maxlen=LOOKBACK)

    def fold(self, event: FlowMeasured) -> None:
        """Take a measurement in; one of a candle before the last is too late to have been known in time."""
        if not self._held or event.candle_ts > self._held[-1].candle_ts:
            self._held.append(event)

    def reading(self, candles: Candles, atr: float | None) -> Reading:
        """The flow features at the last of `candles`; `atr` a fraction of price."""
        last, step = candles.last_ts, candles.series.step_ms
        held = [one for one in self._held if one.candle_ts <= last]
        book = held[-1].book if held and held[-1].candle_ts == last else None
        tapes = [one.tape for one in held if one.candle_ts > last - SLOPE * step]
        newest = tapes[-1:] if held and held[-1].candle_ts == last else []
        books = [one.book for one in held]
        values = {
            "signed_volume": _imbalance(newest, 1),
            "cvd_slope": _imbalance(tapes, SLOPE),
            "book_imbalance": None if book is None else book.imbalance_5,
            "microprice_offset": None if book is None else _offset(book, candles.last_close, atr),
            "spread_z": None if book is None else _spread_z(books),
            "depth_percentile": None if book is None else _depth_percentile(books),
        }
        return Reading(values, candles.known_at)


def _imbalance(tapes: list[TapeFlow | None], count: int) -> float | None:
    """Taker buys less sells over volume; None unless every one of the `count` candles was measured."""
    known = [tape for tape in tapes if tape is not None]
    volume = sum(tape.volume for tape in known)
    if len(known) != count or not volume > 0.0:
        return None
    return sum(tape.signed_volume for tape in known) / volume


def _offset(book: BookFlow, close: float, atr: float | None) -> float | None:
    if atr is None or not (_priced(book.microprice) and _priced(close)):
        return None
    return log(book.microprice / close) / atr


def _spread_z(books: list[BookFlow | None]) -> float | None:
    spreads = _known(books, lambda book: book.spread_bps)
    if spreads is None:
        return None
    logs = np.log(spreads)
    deviation = float(logs.std(ddof=1))
    # Equal spreads differ by rounding alone.
    return float(logs[-1] - logs.mean()) / deviation if deviation > 1e-9 else None


def _depth_percentile(books: list[BookFlow | None]) -> float | None:
    depths = _known(books, lambda book: book.depth_10)
    return None if depths is None else float(np.mean(depths < depths[-1]))


def _known(books: list[BookFlow | None], figure: Callable[[BookFlow], float]) -> Floats | None:
    """The figure of each book, the last one's last; None for too few, or when the last has none."""
    told = [None if book is None else figure(book) for book in books]
    known = [value for value in told if value is not None and _priced(value)]
    if len(known) < ENOUGH or told[-1] is None or not _priced(told[-1]):
        return None
    return np.array(known)


def _priced(value: float) -> bool:
    return isfinite(value) and value > 0.0
