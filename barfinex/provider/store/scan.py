"""What the store holds of each series, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from barfinex.domain.candles import Provenance
from barfinex.domain.instrument import timeframe_ms
from barfinex.provider import gaps
from barfinex.provider.store.candles import CandleStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One series. Times are candle starts in ms UTC; `provenance` counts candles by kind, `incidents` by
    state; gaps leave out hours in which the market is shut; `score` is the share that is there and sound."""

    instrument: str
    timeframe: str
    candles: int
    start: int
    end: int
    gaps: tuple[tuple[int, int], ...]
    gap_candles: int
    longest_gap: int
    closed_runs: int
    zero_volume: int
    outliers: int
    stale: tuple[tuple[int, int], ...]
    seams: int
    score: float
    provenance: dict[str, int]
    incidents: dict[str, int]


def scan(store: CandleStore) -> list[Kept]:
    """Every series that holds a candle."""
    return [one for key in store.names() if (one := _scan(store, *key)) is not None]


def _scan(store: CandleStore, instrument: str, timeframe: str) -> Kept | None:
    series = store.get(instrument, timeframe)
    if not len(series.ts):
        return None
    absent = gaps.missing(series.ts, timeframe_ms(timeframe))
    closed = gaps.closures(absent, series.ts, timeframe_ms(timeframe))
    missing = absent.where(~closed)
    odd = len(gaps.outliers(gaps.log_returns(series.close)))
    columns = (series.open, series.high, series.low, series.close, series.volume)
    kinds = Counter(series.block().marks.tolist())
    return Kept(
        instrument=instrument,
        timeframe=timeframe,
        candles=len(series.ts),
        start=int(series.ts[0]),
        end=int(series.ts[-1]),
        gaps=missing.pairs(),
        gap_candles=missing.total,
        longest_gap=missing.longest,
        closed_runs=int(closed.sum()),
        zero_volume=gaps.zero_volume(series.ts, series.volume).total,
        outliers=odd,
        stale=gaps.repeats(series.ts, *columns).pairs(),
        seams=len(gaps.seams(series.ts, series.open, series.close, series.step_ms)),
        score=gaps.score(len(series.ts), missing.total, odd),
        provenance={kind.name.lower(): kinds[kind] for kind in Provenance if kinds[kind]},
        incidents=dict(Counter(one.state for one in store.hot.incidents(instrument, timeframe))),
    )
