"""Candle files: what can be believed becomes a series, and an honest report says what was found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from barfinex.domain.candles import Ints, Series
from barfinex.domain.errors import BadInput
from barfinex.domain.instrument import timeframe_ms, timeframe_of
from barfinex.provider import gaps
from barfinex.provider.venues.columns import Columns, read_columns
from barfinex.provider.venues.quarantine import EXAMPLES, Verdict, judge

BAD_SHARE_MAX = 0.05
EMPTY_MIN = 10
NAMED = re.compile(r"(?P<symbol>.+?)[-_](?P<timeframe>[1-9]\d*[smhdHD])(?:[-_].*)?")
SYMBOL = re.compile(r"[A-Za-z0-9._:/-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a candle file holds. Times are candle starts in ms UTC.

    `rows` are in the file, `candles` were kept; what is missing, empty or odd is counted among those kept.
    `quarantined` counts the rows left out by defect (an exact copy is one) and `examples` gives the first
    row numbers of each, where the first row of data is 1. `duplicates` counts copies and contradictions.
    Counts of volume are None when the file has no volume. Of what is missing, `closed_runs` are hours in
    which the market is shut and the others are `gaps`; those, the longer `empty` stretches and `stale` ones,
    which repeat one candle, are listed as (start of the first candle, number of candles). `seams` count the
    candles that open far from the close right before them. `score` is the share of the candles there should
    be that are there and can be believed.
    """

    file: str
    sha256: str
    instrument: str
    timeframe: str
    step_ms: int
    rows: int
    candles: int
    start: int
    end: int
    missing_runs: int
    missing_candles: int
    longest_missing: int
    closed_runs: int
    gap_candles: int
    longest_gap: int
    gaps: tuple[tuple[int, int], ...]
    empty: tuple[tuple[int, int], ...]
    stale: tuple[tuple[int, int], ...]
    seams: int
    zero_volume: int | None
    longest_zero_volume: int | None
    max_abs_log_return: float
    outliers: int
    duplicates: int
    out_of_order: int
    ohlc_violations: int
    nan: int
    score: float
    quarantined: dict[str, int]
    examples: dict[str, tuple[int, ...]]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    series: Series
    report: Report


def load(path: Path, symbol: str | None = None) -> Loaded:
    """Read a Parquet or CSV file of candles (`ts` = start) and leave out every row that cannot be believed.

    Instrument and timeframe come from names like `BTC-USDT_1m_2025-05.parquet`; any other name is the
    instrument, in capitals, and the timeframe is the commonest step. Gaps, empty candles and outliers are
    reported, not repaired.

    Raises:
        BadInput: the file or a column is unusable, more than 5 % of the rows are bad or out of order, or the
            name promises another timeframe than the rows have.
    """
    rows = read_columns(path)
    verdict = judge(rows)
    _refuse_the_unusable(path, rows.ts, verdict)
    kept = rows if verdict.keep.all() else rows.only(verdict.keep)
    named, timeframe = _named(path, kept.ts)
    instrument = named if symbol is None else symbol
    if not SYMBOL.fullmatch(instrument):
        raise BadInput(
            f"{path}, instrument {instrument!r}", "is no symbol", "Use up to 40 of A-Z a-z 0-9 . _ : / -"
        )
    series = Series(
        instrument,
        timeframe,
        kept.ts,
        kept.open,
        kept.high,
        kept.low,
        kept.close,
        kept.volume,
        source=path.name,
    )
    return Loaded(series, _report(path, series, kept, verdict))


def _refuse_the_unusable(path: Path, ts: Ints, verdict: Verdict) -> None:
    rows, descending = len(ts), int(np.sum(ts[1:] < ts[:-1]))
    if rows > 2 and descending == rows - 1:
        raise BadInput(str(path), "is sorted newest first", "Sort it by ts, oldest first.")
    bad = {defect: len(found) for defect, found in verdict.found.items() if defect != "duplicate"}
    if sum(bad.values()) > BAD_SHARE_MAX * rows:
        listed = "; ".join(
            f"{count} {defect} ({_first_of(verdict.found[defect])})" for defect, count in bad.items()
        )
        unsorted = bad.get("out_of_order", 0) > BAD_SHARE_MAX * rows
        remedy = "Sort it by ts, oldest first." if unsorted else "Correct these rows or fetch the file again."
        raise BadInput(str(path), f"{sum(bad.values())} of {rows} rows cannot be used: {listed}", remedy)


def _first_of(rows: Ints) -> str:
    more = ", …" if len(rows) > EXAMPLES else ""
    return f"row {', '.join(map(str, rows[:EXAMPLES] + 1))}{more}"


def _named(path: Path, ts: Ints) -> tuple[str, str]:
    """Instrument and timeframe, from the name as far as it says and from the rows."""
    match = NAMED.fullmatch(path.stem)
    steps, counts = np.unique(np.diff(ts), return_counts=True)
    step_ms = int(steps[np.argmax(counts)]) if len(steps) else 0
    if match:
        timeframe = match["timeframe"].lower()
        if step_ms and step_ms != timeframe_ms(timeframe):
            raise BadInput(
                str(path),
                f"is named {timeframe} but its candles are mostly {step_ms / 1000:g} s apart",
                "Give the file its true name, or the right file.",
            )
        return match["symbol"], timeframe
    if not step_ms:
        raise BadInput(str(path), "holds one candle and no timeframe", "Name it like BTC-USDT_1m_2025.csv.")
    try:
        timeframe = timeframe_of(step_ms)
    except BadInput as error:
        raise BadInput(str(path), f"its {error.where} {error.reason}", error.remedy) from error
    return re.sub(r"[^A-Za-z0-9.:/-]+", "-", path.stem).strip("-").upper(), timeframe


def _report(path: Path, series: Series, kept: Columns, verdict: Verdict) -> Report:
    absent = gaps.missing(series.ts, series.step_ms)
    closed = gaps.closures(absent, series.ts, series.step_ms)
    open_ = absent.where(~closed)
    silent = gaps.zero_volume(series.ts, series.volume) if kept.has_volume else None
    moves = gaps.log_returns(series.close)
    odd = len(gaps.outliers(moves))
    found = {defect: len(rows) for defect, rows in verdict.found.items()}
    return Report(
        file=str(path),
        sha256=kept.sha256,
        instrument=series.instrument,
        timeframe=series.timeframe,
        step_ms=series.step_ms,
        rows=len(verdict.keep),
        candles=len(series.ts),
        start=int(series.ts[0]),
        end=int(series.ts[-1]),
        missing_runs=len(absent.counts),
        missing_candles=absent.total,
        longest_missing=absent.longest,
        closed_runs=int(closed.sum()),
        gap_candles=open_.total,
        longest_gap=open_.longest,
        gaps=open_.pairs(),
        empty=() if silent is None else silent.where(silent.counts >= EMPTY_MIN).pairs(),
        stale=_stale(series).pairs() if kept.has_volume else (),
        seams=len(gaps.seams(series.ts, series.open, series.close, series.step_ms)),
        zero_volume=None if silent is None else silent.total,
        longest_zero_volume=None if silent is None else silent.longest,
        max_abs_log_return=float(np.abs(moves).max(initial=0.0)),
        outliers=odd,
        duplicates=found.get("duplicate", 0) + found.get("contradiction", 0),
        out_of_order=found.get("out_of_order", 0),
        ohlc_violations=found.get("high_below_low", 0) + found.get("outside_range", 0),
        nan=found.get("nan", 0),
        score=gaps.score(len(verdict.keep), open_.total, len(verdict.keep) - len(series.ts) + odd),
        quarantined=found,
        examples={defect: tuple((rows[:EXAMPLES] + 1).tolist()) for defect, rows in verdict.found.items()},
        notes=(*kept.notes, *_overlaps(series)),
    )


def _stale(series: Series) -> gaps.Runs:
    columns = (series.open, series.high, series.low, series.close, series.volume)
    return gaps.repeats(series.ts, *columns)


def _overlaps(series: Series) -> tuple[str, ...]:
    close = int(np.sum(np.diff(series.ts) < series.step_ms))
    return (f"{close} candles begin before the one before them has ended",) if close else ()
