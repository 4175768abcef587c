"""`barfinex data` tells what files hold, in a table for people and in one object for programs."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from barfinex.cli.data import app
from tests.provider.candle_files import MINUTE, START, rows, write_csv, write_parquet

NAME = "BTC-USDT_1m_2023-11.csv"


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def broken(folder: Path) -> Path:
    lines = rows()
    lines[9][4] = float("nan")
    del lines[50:53]
    return write_csv(folder / NAME, lines)


def test_info_names_instrument_timeframe_range_and_hash(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "ETH-USDT_1m.parquet", rows())
    code, out, _ = invoke("info", path, "--json")
    (file,) = json.loads(out)["files"]
    assert code == 0
    assert (file["instrument"], file["timeframe"], file["rows"]) == ("ETH-USDT", "1m", 100)
    assert (file["start"], file["end"], len(file["sha256"])) == (START, START + 99 * MINUTE, 64)
    code, out, _ = invoke("info", path)
    assert code == 0
    assert "ETH-USDT" in out


def test_scan_counts_defects_and_strict_turns_them_into_a_no(tmp_path: Path) -> None:
    path = broken(tmp_path)
    code, out, _ = invoke("scan", path, "--json")
    (file,) = json.loads(out)["files"]
    assert code == 0
    assert (file["missing_runs"], file["missing_candles"], file["longest_missing"]) == (2, 4, 3)
    assert (file["quarantined"], file["examples"]) == ({"nan": 1}, {"nan": [10]})
    assert invoke("scan", path, "--strict")[0] == 1
    assert invoke("scan", write_csv(tmp_path / "BTC_1m.csv", rows()), "--strict")[0] == 0


def test_scan_shows_which_rows_were_left_out(tmp_path: Path) -> None:
    code, out, _ = invoke("scan", broken(tmp_path))
    assert code == 0
    assert "1 rows left out: nan (row 10)" in out


def test_a_bad_file_is_an_error_beside_the_reports_of_the_others(tmp_path: Path) -> None:
    good, bad = broken(tmp_path), tmp_path / "empty.csv"
    bad.touch()
    code, out, err = invoke("scan", bad, good, "--json")
    assert code == 2
    assert len(json.loads(out)["files"]) == 1
    assert json.loads(out)["errors"] == [f"{bad}: is empty. Fetch it again."]
    assert err == f"error: {bad}: is empty. Fetch it again.\n"


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    code, out, err = invoke("info", tmp_path / "absent.parquet")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "Traceback" not in err
