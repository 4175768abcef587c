"""A candle file gives what can be believed and an honest report, or says why not."""

from __future__ import annotations

import csv
import tracemalloc
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.domain.errors import BadInput
from barfinex.provider import gaps
from barfinex.provider.venues.columns import _refuse_too_many
from barfinex.provider.venues.history import load
from tests.provider.candle_files import HEADER, MINUTE, START, Row, rows, write_csv, write_parquet

DATA = Path(__file__).parents[3] / "shared" / "data"
NAME = "BTC-USDT_1m_2023-11"
NAN, INF = float("nan"), float("inf")


def changed(**cells: object) -> list[Row]:
    """A hundred fair rows, the tenth with these cells."""
    lines = rows()
    for name, cell in cells.items():
        lines[9][HEADER.index(name)] = cell
    return lines


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_fair_file_is_read_whole(tmp_path: Path, suffix: str) -> None:
    write = write_csv if suffix == ".csv" else write_parquet
    path = write(tmp_path / (NAME + suffix), rows())
    series, report = load(path).series, load(path).report
    assert (series.instrument, series.timeframe, series.step_ms) == ("BTC-USDT", "1m", MINUTE)
    assert np.array_equal(
        np.array(rows())[:, 1:].T, [series.open, series.high, series.low, series.close, series.volume]
    )
    assert series.ts.tolist() == [row[0] for row in rows()]
    assert all(column.flags.c_contiguous for column in (series.open, series.high, series.low, series.close))
    assert (report.rows, report.candles, report.quarantined, report.notes) == (100, 100, {}, ())
    assert (report.start, report.end) == (START, START + 99 * MINUTE)
    assert report.sha256 == sha256(path.read_bytes()).hexdigest()


def test_a_file_longer_than_one_piece_is_read_whole(tmp_path: Path) -> None:
    lines = rows(40_000)
    series = load(write_csv(tmp_path / f"{NAME}.csv", lines)).series
    assert series.ts.tolist() == [line[0] for line in lines]
    assert series.close.tolist() == [line[4] for line in lines]


def test_reading_a_file_holds_little_beside_its_columns(tmp_path: Path) -> None:
    count = 150_000
    path, data = write_csv(tmp_path / f"{NAME}.csv", rows(count)), 48 * count
    load(write_csv(tmp_path / "few.csv", rows()))  # What reading imports is no data.
    tracemalloc.start()
    try:
        loaded = load(path)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    held = (pa.total_allocated_bytes(), len(loaded.series.ts))
    assert held == (0, count)
    assert kept < 1.1 * data
    assert most < 1.6 * data


def test_a_plain_name_is_the_instrument_and_the_commonest_step_the_timeframe(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "my_series.csv", [row for i, row in enumerate(rows()) if i not in (4, 5)])
    loaded = load(path)
    assert (loaded.series.instrument, loaded.series.timeframe) == ("MY-SERIES", "1m")
    assert (loaded.report.missing_runs, loaded.report.missing_candles, loaded.report.longest_missing) == (
        1,
        2,
        2,
    )
    assert load(path, "ETH-USDT").series.instrument == "ETH-USDT"


@pytest.mark.parametrize("header", ["Timestamp", "OPEN_TIME", " time", "Date"])
def test_header_names_are_taken_in_any_case_and_other_columns_ignored(tmp_path: Path, header: str) -> None:
    lines = [["x", *reversed(row)] for row in rows()]
    path = write_csv(
        tmp_path / f"{NAME}.csv", lines, ["Note", "Volume", "Close", "LOW", "High", "Open", header]
    )
    assert load(path).series.ts[0] == START


@pytest.mark.parametrize(
    ("defect", "cells"),
    [
        ("nan", {"close": NAN}),
        ("nan", {"open": ""}),
        ("nan", {"high": INF}),
        ("nan", {"volume": NAN}),
        ("nan", {"volume": INF}),
        ("price_not_positive", {"low": 0.0}),
        ("price_not_positive", {"close": -5.0, "low": -6.0}),
        ("high_below_low", {"high": 90.0, "low": 110.0}),
        ("outside_range", {"close": 150.0}),
        ("outside_range", {"open": 50.0}),
        ("negative_volume", {"volume": -1.0}),
        ("bad_ts", {"ts": ""}),
        ("bad_ts", {"ts": START + 9 * MINUTE + 0.5}),
        ("bad_ts", {"ts": (START + 9 * MINUTE) // 1000}),
        ("out_of_order", {"ts": START + 2 * MINUTE + 1}),
        ("out_of_order", {"ts": START + 10**9}),
    ],
)
def test_a_row_that_cannot_be_believed_is_left_out_and_counted(
    tmp_path: Path, defect: str, cells: dict[str, object]
) -> None:
    """I17: quarantined data never reaches a series."""
    loaded = load(write_csv(tmp_path / f"{NAME}.csv", changed(**cells)))
    assert loaded.report.quarantined == {defect: 1}
    assert loaded.report.examples == {defect: (10,)}
    assert (loaded.report.rows, loaded.report.candles, loaded.report.missing_candles) == (100, 99, 1)
    assert START + 9 * MINUTE not in loaded.series.ts


def test_an_exact_copy_is_dropped_and_a_contradiction_drops_all_its_rows(tmp_path: Path) -> None:
    lines = rows()
    lines += lines[50:60]  # a page that was fetched twice
    lines.insert(21, [*lines[20][:5], 7.0])
    report = load(write_csv(tmp_path / f"{NAME}.csv", lines)).report
    assert report.quarantined == {"contradiction": 2, "duplicate": 10}
    assert report.examples["contradiction"] == (21, 22)
    assert (report.duplicates, report.candles, report.missing_candles) == (12, 99, 1)


@given(st.lists(st.integers(0, 99), max_size=4), st.randoms(use_true_random=False))
def test_what_is_kept_always_ascends(
    tmp_path_factory: pytest.TempPathFactory, moved: list[int], chance
) -> None:
    lines = rows()
    for place in moved:
        lines[place], lines[chance.randrange(100)] = lines[chance.randrange(100)], lines[place]
    path = write_csv(tmp_path_factory.getbasetemp() / f"{NAME}.csv", lines)
    try:
        loaded = load(path)
    except BadInput:
        return
    assert np.all(np.diff(loaded.series.ts) > 0)
    assert loaded.report.candles + sum(loaded.report.quarantined.values()) == 100


@pytest.mark.parametrize(
    ("unit", "word"), [(0.001, "seconds"), (1_000, "microseconds"), (1_000_000, "nanoseconds")]
)
def test_other_units_of_time_are_read_and_told(tmp_path: Path, unit: float, word: str) -> None:
    lines = [[int(row[0] * unit), *row[1:]] for row in rows()]
    for path in (
        write_csv(tmp_path / f"{NAME}.csv", lines),
        write_parquet(tmp_path / f"{NAME}.parquet", lines),
    ):
        loaded = load(path)
        assert loaded.series.ts[:2].tolist() == [START, START + MINUTE]
        assert loaded.report.notes == (f"ts read as {word} by their size",)


def test_iso_times_need_a_zone(tmp_path: Path) -> None:
    def file(zone: str) -> Path:
        times = [f"{np.datetime64(row[0], 'ms')}{zone}" for row in rows()]
        return write_csv(
            tmp_path / f"{NAME}.csv", [[ts, *row[1:]] for ts, row in zip(times, rows(), strict=True)]
        )

    assert load(file("Z")).series.ts[0] == START
    assert load(file("+02:00")).series.ts[0] == START - 120 * MINUTE
    with pytest.raises(BadInput, match="column ts: has times without a zone"):
        load(file(""))


def test_dates_are_midnights_and_parquet_timestamps_are_read_in_utc(tmp_path: Path) -> None:
    days = [[f"2024-01-{day:02}", *row[1:]] for day, row in enumerate(rows(20), 1)]
    series = load(write_csv(tmp_path / "SPY_1d.csv", days)).series
    assert (series.timeframe, series.ts[0]) == ("1d", 1_704_067_200_000)
    date = pa.array([day[0] for day in days]).cast(pa.date32())
    assert load(write_parquet(tmp_path / "SPY_1d.parquet", days, ts=date)).series.ts[0] == series.ts[0]
    zoned = pa.array([row[0] * 1_000_000 for row in rows()], pa.timestamp("ns", "Asia/Tokyo"))
    assert load(write_parquet(tmp_path / f"{NAME}.parquet", rows(), ts=zoned)).series.ts[0] == START


def test_a_volume_that_is_absent_is_zero_and_told(tmp_path: Path) -> None:
    none = load(write_csv(tmp_path / f"{NAME}.csv", [row[:5] for row in rows()], HEADER[:5]))
    assert (none.report.notes, none.report.zero_volume) == (("no volume: taken as 0",), None)
    assert not none.series.volume.any()
    some = load(write_csv(tmp_path / f"{NAME}.csv", changed(volume="")))
    assert some.report.notes == ("volume is null in 1 rows: taken as 0",)
    assert (some.series.volume[9], some.report.zero_volume, some.report.candles) == (0.0, 1, 100)


def test_a_last_line_without_an_end_is_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / f"{NAME}.csv", rows())
    path.write_bytes(path.read_bytes()[:-1])
    assert load(path).report.notes == ("the last line does not end: it may be cut short",)


@pytest.mark.skipif(not DATA.exists(), reason="no market data beside the repository (../shared/data)")
def test_every_documented_gap_is_found_and_nothing_else_is_called_one() -> None:
    """GAPS.csv lists those of markets that trade around the clock; the others are in the data's README:
    weekends of GBP-USD are closed, and 107 small holes are not; shares trade seven hours a day."""
    listed: dict[str, dict[str, set[tuple[int, int]]]] = {}
    with (DATA / "GAPS.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            first = int(np.datetime64(row["first"].rstrip("Z"), "ms").astype(np.int64))
            kinds = listed.setdefault(row["file"], {"missing": set(), "zero_volume": set()})
            kinds[row["kind"]].add((first, int(row["bars"])))
    with (DATA / "QUALITY.csv").open(newline="") as file:
        names = [str(row["file"]) for row in csv.DictReader(file)]
    for name in names:
        report = load(DATA / name).report
        known = listed.get(name, {"missing": set(), "zero_volume": set()})
        assert set(report.empty) == known["zero_volume"], name
        if "fxcm" in name:
            assert (report.closed_runs, len(report.gaps)) == (4, 107), name
        elif "us_equity" in name:
            assert (report.closed_runs, len(report.gaps)) == (5848, int("AAPL" in name)), name
        else:
            assert (report.closed_runs, set(report.gaps)) == (0, known["missing"]), name


def test_a_market_is_closed_only_when_it_always_is() -> None:
    """Six weeks of weekdays 9 to 17: nights, weekends and a holiday are closed, a single hour is not."""
    hours = [day * 24 + hour for day in range(42) if (day + 3) % 7 < 5 and day != 9 for hour in range(9, 17)]
    ts = np.array([hour * 3_600_000 for hour in hours if hour != 11 * 24 + 12], dtype=np.int64)
    runs = gaps.missing(ts, 3_600_000)
    shut = gaps.closures(runs, ts, 3_600_000)
    assert runs.where(~shut).pairs() == (((11 * 24 + 12) * 3_600_000, 1),)
    early = ts[ts < 14 * 86_400_000]
    assert not gaps.closures(gaps.missing(early, 3_600_000), early, 3_600_000).any()


@pytest.mark.skipif(not DATA.exists(), reason="no market data beside the repository (../shared/data)")
def test_real_files_are_reported_as_they_are() -> None:
    """Counts made independently of this code."""
    with (DATA / "QUALITY.csv").open(newline="") as file:
        known = list(csv.DictReader(file))
    assert len(known) == 22
    for expected in known:
        report = load(DATA / expected["file"]).report
        named = Path(expected["file"]).name.split("_")
        assert [report.instrument, report.timeframe] == named[:2]
        found = {
            "rows": report.rows,
            "tf_s": report.step_ms // 1000,
            "start": f"{np.datetime64(report.start, 'ms').astype('datetime64[s]')}Z",
            "end": f"{np.datetime64(report.end, 'ms').astype('datetime64[s]')}Z",
            "duplicates": report.duplicates,
            "out_of_order": report.out_of_order,
            "missing_runs": report.missing_runs,
            "missing_bars": report.missing_candles,
            "longest_missing": report.longest_missing,
            "zero_volume_bars": "" if report.zero_volume is None else report.zero_volume,
            "longest_zero_volume": "" if report.longest_zero_volume is None else report.longest_zero_volume,
            "ohlc_violations": report.ohlc_violations,
            "nan": report.nan,
        }
        assert {key: str(value) for key, value in found.items()}.items() <= expected.items()
        assert report.max_abs_log_return == pytest.approx(float(expected["max_abs_log_return"]), abs=5e-5)
        assert report.candles == report.rows


def test_a_file_that_memory_cannot_hold_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has 80,000,000 rows, for which 9\.6 GB are needed"):
        _refuse_too_many(tmp_path / "BTC-USDT_1s.csv", 80_000_000, 16 << 30)
    _refuse_too_many(tmp_path / "BTC-USDT_1s.csv", 60_000_000, 16 << 30)
