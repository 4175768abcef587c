"""Gaps, silence and outliers are measured as they are."""

from __future__ import annotations

import csv
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.provider import gaps
from barfinex.provider.venues.history import load

DATA = Path(__file__).parents[3] / "shared" / "data"


@given(st.sets(st.integers(0, 60), min_size=1))
def test_present_and_missing_candles_make_the_whole_range(present: set[int]) -> None:
    ts = np.array(sorted(present), dtype=np.int64) * 60_000
    runs = gaps.missing(ts, 60_000)
    filled = {int(first) // 60_000 + k for first, count in zip(*runs, strict=True) for k in range(count)}
    assert filled.isdisjoint(present)
    assert filled | present == set(range(min(present), max(present) + 1))
    assert (runs.total, runs.longest) == (len(filled), max(runs.counts, default=0))


@given(st.lists(st.sampled_from([0.0, 1.0])))
def test_runs_without_volume_are_found_whole(volumes: list[float]) -> None:
    runs = gaps.zero_volume(np.arange(len(volumes)), np.array(volumes))
    assert runs.counts.tolist() == [len([*run]) for volume, run in groupby(volumes) if volume == 0.0]
    assert all(volumes[first] == 0.0 and (first == 0 or volumes[first - 1] > 0.0) for first in runs.first)


def test_a_bad_print_is_an_outlier_twice_and_a_thin_market_is_none() -> None:
    calm = 100.0 * np.exp(np.random.default_rng(3).normal(0.0, 0.001, 500).cumsum())
    assert len(gaps.outliers(gaps.log_returns(calm))) == 0
    calm[200] *= 2.0
    assert gaps.outliers(gaps.log_returns(calm)).tolist() == [199, 200]
    assert len(gaps.outliers(gaps.log_returns(np.repeat(calm[:100], 9)))) == 0
    assert len(gaps.outliers(gaps.log_returns(np.full(50, 100.0)))) == 0


@pytest.mark.skipif(not DATA.exists(), reason="no market data beside the repository (../shared/data)")
def test_the_gaps_of_real_files_begin_and_end_where_they_do() -> None:
    """Runs found independently of this code."""
    with (DATA / "GAPS.csv").open(newline="") as file:
        known = sorted(
            (row["file"], row["kind"], row["first"], int(row["bars"])) for row in csv.DictReader(file)
        )
    found = []
    sessions = {"fxcm", "us_equity"}  # closed by night and at weekends: their gaps are not listed one by one
    for path in (DATA / "ohlcv").rglob("*.parquet"):
        if path.parent.name in sessions:
            continue
        loaded = load(path)
        series, name = loaded.series, str(path.relative_to(DATA))
        kinds = {"missing": gaps.missing(series.ts, series.step_ms)}
        if loaded.report.zero_volume is not None:
            kinds["zero_volume"] = gaps.zero_volume(series.ts, series.volume)
        for kind, runs in kinds.items():
            starts = runs.first.astype("datetime64[ms]").astype("datetime64[s]")
            shown = [(name, kind, f"{first}Z", int(n)) for first, n in zip(starts, runs.counts, strict=True)]
            found += [run for run in shown if kind == "missing" or run[3] >= 10]
    assert sorted(found) == known


def test_a_feed_that_was_stuck_is_told_from_a_quiet_market() -> None:
    ts = np.arange(12, dtype=np.int64) * 60_000
    close = np.array([1.0, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5])
    traded = np.ones(12)
    assert gaps.repeats(ts, close, traded).pairs() == ((3 * 60_000, 3),)
    assert gaps.repeats(ts, close, 0 * traded).pairs() == ()
    assert gaps.repeats(ts[:0], close[:0], traded[:0]).pairs() == ()


def test_a_seam_is_where_two_sources_were_joined_and_a_gap_is_none() -> None:
    draw = np.random.Generator(np.random.PCG64(1))
    close = 100 * np.exp(np.cumsum(draw.normal(0, 0.001, 100)))
    open_ = np.concatenate([[100.0], close[:-1]])
    close[50:] *= 2
    open_[50:] *= 2
    ts = np.arange(100, dtype=np.int64) * 60_000
    assert gaps.seams(ts, open_, close, 60_000).tolist() == [50]
    ts[50:] += 600_000
    assert gaps.seams(ts, open_, close, 60_000).tolist() == []
    assert gaps.seams(ts[:1], open_[:1], close[:1], 60_000).tolist() == []
