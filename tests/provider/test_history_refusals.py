"""A file that cannot be used is refused whole: which file, which row or column, why, and what to do."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from barfinex.domain.errors import BadInput
from barfinex.provider.venues.history import load
from tests.provider.candle_files import HEADER, rows, write_csv, write_parquet

NAME = "BTC-USDT_1m_2023-11"


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load(path)
    assert str(path) in caught.value.where
    assert caught.value.remedy
    return f"{caught.value}".replace(str(path), "FILE")


def test_a_missing_file_a_folder_and_an_empty_file(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "absent.csv")
    assert "Is a directory" in refusal(tmp_path)
    (tmp_path / "empty.csv").touch()
    assert "is empty" in refusal(tmp_path / "empty.csv")
    (tmp_path / "empty.parquet").touch()
    assert "is empty" in refusal(tmp_path / "empty.parquet")


def test_a_header_without_candles(tmp_path: Path) -> None:
    assert "no candles" in refusal(write_csv(tmp_path / f"{NAME}.csv", []))
    none = write_parquet(tmp_path / f"{NAME}.parquet", [], ts=pa.array([], pa.int64()))
    assert "no candles" in refusal(none)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_parquet_file(tmp_path: Path, share: float) -> None:
    path = write_parquet(tmp_path / f"{NAME}.parquet", rows())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "is cut short" in refusal(path)


def test_a_parquet_file_damaged_inside(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / f"{NAME}.parquet", rows())
    whole = bytearray(path.read_bytes())
    whole[-60:-8] = b"\xff" * 52
    path.write_bytes(whole)
    assert "cannot be read" in refusal(path)


def test_a_truncated_csv_file_names_its_last_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path / f"{NAME}.csv", rows())
    path.write_text(path.read_text().rpartition(",")[0])
    assert "FILE, line 101: has 5 of 6 columns" in refusal(path)


def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    text, table = write_csv(tmp_path / "a.csv", rows()), write_parquet(tmp_path / "b.parquet", rows())
    assert "is named .csv but holds Parquet" in refusal(table.rename(tmp_path / "b.csv"))
    assert "is named .parquet but does not hold Parquet" in refusal(text.rename(tmp_path / "a.parquet"))
    (tmp_path / "c.csv").write_bytes(b"\x1f\x8b\x08\x00\xff\xfe" * 50)
    assert "cannot be read" in refusal(tmp_path / "c.csv")
    (tmp_path / "d.xlsx").write_bytes(b"PK\x03\x04")
    assert "neither .parquet nor .csv" in refusal(tmp_path / "d.xlsx")


@pytest.mark.parametrize("row", [2, 90])
def test_text_in_a_price_column_names_line_and_column(tmp_path: Path, row: int) -> None:
    lines = rows()
    lines[row - 2][HEADER.index("high")] = "about 100"
    said = refusal(write_csv(tmp_path / f"{NAME}.csv", lines))
    assert f"FILE, line {row}, column high: 'about 100' is no number" in said


def test_text_in_the_time_column_names_line_and_column(tmp_path: Path) -> None:
    lines = rows()
    lines[41][0] = "noon"
    assert "FILE, line 43, column ts: 'noon' is no time" in refusal(
        write_csv(tmp_path / f"{NAME}.csv", lines)
    )


def test_a_column_of_the_wrong_type(tmp_path: Path) -> None:
    path, texts = tmp_path / f"{NAME}.parquet", pa.array([str(row[4]) for row in rows()])
    assert "FILE, column close: holds string where numbers belong" in refusal(
        write_parquet(path, rows(), close=texts)
    )
    assert "FILE, column ts: holds string where times belong" in refusal(
        write_parquet(path, rows(), ts=texts)
    )
    assert "column volume: holds bool" in refusal(write_parquet(path, rows(), volume=pa.array([True] * 100)))


def test_a_missing_or_doubled_column(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.csv"
    assert "has no column close" in refusal(write_csv(path, rows(), [*HEADER[:4], "last", "volume"]))
    assert "has no column ts" in refusal(write_csv(path, rows()[1:], [str(cell) for cell in rows()[0]]))
    assert "stands twice" in refusal(write_csv(path, rows(), [*HEADER[:5], "Close"]))


def test_times_of_no_known_unit(tmp_path: Path) -> None:
    lines = [[index, *row[1:]] for index, row in enumerate(rows())]
    assert "in no unit that can be told" in refusal(write_csv(tmp_path / f"{NAME}.csv", lines))


def test_unsorted_files_are_not_sorted_in_secret(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.csv"
    assert "is sorted newest first" in refusal(write_csv(path, rows()[::-1]))
    said = refusal(write_csv(path, rows()[50:] + rows()[:50]))
    assert "50 out_of_order" in said
    assert "Sort it by ts" in said


def test_too_many_bad_rows_are_listed(tmp_path: Path) -> None:
    lines = rows()
    for index in range(0, 60, 10):
        lines[index][4] = float("nan")
    said = refusal(write_csv(tmp_path / f"{NAME}.csv", lines))
    assert "6 of 100 rows cannot be used: 6 nan (row 1, 11, 21, 31, 41, …)" in said


def test_a_name_that_promises_another_timeframe(tmp_path: Path) -> None:
    assert "is named 5m but its candles are mostly 60 s apart" in refusal(
        write_csv(tmp_path / "BTC_5m.csv", rows())
    )


def test_one_candle_needs_a_timeframe_in_its_name(tmp_path: Path) -> None:
    assert "no timeframe" in refusal(write_csv(tmp_path / "btc.csv", rows(1)))
    assert load(write_csv(tmp_path / "BTC_1m.csv", rows(1))).series.timeframe == "1m"


def test_a_symbol_is_plain_text(tmp_path: Path) -> None:
    path = write_csv(tmp_path / f"{NAME}.csv", rows())
    with pytest.raises(BadInput, match="is no symbol"):
        load(path, "BTC USDT; drop")
