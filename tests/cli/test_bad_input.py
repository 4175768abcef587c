"""Bad input: exit 2, a message with file, reason and remedy, no traceback, nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import ROOT, barfinex, finish, refused, spawn
from tests.provider.candle_files import HEADER, Row, rows, write_csv, write_parquet

NAME = "AAA-USD_1m.csv"


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def fair(tmp_path: Path) -> Path:
    """Candles that nothing is wrong with."""
    return write_csv(tmp_path / NAME, rows(300))


def changed(at: int, column: str, value: object) -> Callable[[list[Row]], list[Row]]:
    """Every row from `at` on has this value."""

    def change(lines: list[Row]) -> list[Row]:
        for line in lines[at:]:
            line[HEADER.index(column)] = value
        return lines

    return change


def swapped(lines: list[Row]) -> list[Row]:
    """High and low exchanged."""
    return [[ts, first, low, high, last, volume] for ts, first, high, low, last, volume in lines]


def shuffled(lines: list[Row]) -> list[Row]:
    return [line for pair in zip(lines[150:], lines[:150], strict=True) for line in pair]


def doubled(lines: list[Row]) -> list[Row]:
    """Every time twice, with another price: none of them can be believed."""
    return [line for one in lines for line in (one, [one[0], *(price + 0.01 for price in one[1:5]), one[5]])]


TABLES: dict[str, tuple[Callable[[list[Row]], list[Row]], str]] = {
    "nan": (changed(100, "close", "nan"), "200 nan (row 101, 102"),
    "infinite": (changed(100, "high", "inf"), "200 nan (row 101, 102"),
    "negative": (changed(200, "low", -1.0), "100 price_not_positive (row 201"),
    "zero": (changed(200, "low", 0), "100 price_not_positive (row 201"),
    "negative volume": (changed(0, "volume", -1), "300 negative_volume (row 1,"),
    "high below low": (swapped, "300 high_below_low (row 1,"),
    "close above high": (changed(0, "close", 1e9), "300 outside_range (row 1,"),
    "newest first": (lambda lines: lines[::-1], "is sorted newest first. Sort it by ts, oldest first."),
    "unsorted": (shuffled, "Sort it by ts, oldest first."),
    "contradicting": (doubled, "600 contradiction (row 1,"),
    "words": (changed(7, "close", "dear"), "dear"),
    "no times": (changed(0, "ts", "yesterday"), "column ts: holds string where times belong"),
    "only a header": (lambda lines: [], "no candle"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_file_whose_rows_cannot_be_used_is_refused(kind: str, tmp_path: Path) -> None:
    change, words = TABLES[kind]
    path = write_csv(tmp_path / NAME, change(rows(300)))
    refused(tmp_path, "--data", path, parts=(str(path), words))


def _truncated(path: Path) -> Path:
    write_parquet(path, rows(300))
    path.write_bytes(path.read_bytes()[:-50])
    return path


def _bytes(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "absent_1m.csv", "cannot be read (No such file or directory)"),
    "a folder": (lambda folder: folder, "cannot be read (Is a directory)"),
    "empty": (_bytes("AAA_1m.csv", b""), "is empty"),
    "empty parquet": (_bytes("AAA_1m.parquet", b""), "is empty"),
    "truncated parquet": (lambda folder: _truncated(folder / "AAA_1m.parquet"), "is cut short"),
    "parquet named csv": (
        lambda folder: write_parquet(folder / "AAA_1m.csv", rows()),
        "is named .csv but holds Parquet",
    ),
    "csv named parquet": (
        lambda folder: write_csv(folder / "AAA_1m.parquet", rows()),
        "does not hold Parquet",
    ),
    "mislabelled": (
        lambda folder: write_csv(folder / "AAA_1h.csv", rows()),
        "is named 1h but its candles are mostly 60 s",
    ),
    "another kind": (_bytes("AAA_1m.json", b"{}"), "is neither .parquet nor .csv"),
    "random bytes": (_bytes("AAA_1m.csv", bytes(range(256)) * 9), "AAA_1m.csv"),
    "no column": (
        lambda folder: write_csv(folder / "AAA_1m.csv", rows(), [*HEADER[:4], "last", "volume"]),
        "close",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_none_of_candles_is_refused(kind: str, tmp_path: Path) -> None:
    make, words = FILES[kind]
    path = make(tmp_path)
    refused(tmp_path, "--data", path, parts=(str(path), words))


CONFIGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "unknown key": ("[inspector]\nprice_coller = 0.1", ("unknown key inspector.price_coller",)),
    "unknown section": ("[inspecter]\nprice_collar = 0.1", ("unknown key inspecter",)),
    "nan limit": ("[inspector]\ndrawdown_max = nan", ("inspector.drawdown_max", "finite")),
    "infinite limit": (
        "[inspector]\nposition_notional_max = inf",
        ("inspector.position_notional_max", "finite"),
    ),
    "nan threshold": ("[advisor]\nspread_bps_max = nan", ("advisor.spread_bps_max", "finite")),
    "nan volatility": ("[market]\nvolatility = nan", ("market.volatility",)),
    "negative": ("[venue]\nfee = -0.1", ("venue.fee", "greater than or equal to 0")),
    "above its bound": ("[venue]\nfee = 1.5", ("venue.fee", "less than or equal to 1")),
    "wrong type": ('[inspector]\nloss_streak_max = "many"', ("inspector.loss_streak_max", "integer")),
    "text for a number": ('[market]\nspeed = "1"', ("market.speed", "number")),
    "bad word": ('[advisor]\nauthority = "boss"', ("advisor.authority", "'gate' or 'observe'")),
    "bad timeframe": ('[market]\ntimeframe = "1x"', ("market.timeframe", "1x")),
    "no toml": ("[inspector\n", ("is not TOML",)),
    "twice": ("[run]\nseed = 1\nseed = 2", ("is not TOML", "line 3")),
    "twins": ('[[instruments]]\nsymbol = "A"\n[[instruments]]\nsymbol = "A"', ("same symbol",)),
    "least above most": (
        "[inspector]\nposition_notional_max = 3\n[[instruments]]\nsymbol = 'A'\nnotional_min = 5",
        ("notional_min", "position_notional_max"),
    ),
    "no strategies": ('[run]\nstrategies_dir = "nowhere"', ("nowhere", "no folder of strategies")),
    "unknown strategy": ('[strategies]\nnames = ["luck"]', ("holds no strategy 'luck'",)),
}


@pytest.mark.parametrize("command", ["backtest", "run"])
@pytest.mark.parametrize("kind", CONFIGS)
def test_a_configuration_that_says_nothing_sound_is_refused(
    kind: str, command: str, tmp_path: Path, fair: Path
) -> None:
    text, parts = CONFIGS[kind]
    config = tmp_path / "bad.toml"
    config.write_text(text + "\n", encoding="utf-8")
    more: tuple[object, ...] = ("--data", fair) if command == "backtest" else ("--duration", 1)
    refused(tmp_path, *more, "--config", config, parts=parts, command=command)


def test_a_configuration_that_is_not_there_is_refused(tmp_path: Path, fair: Path) -> None:
    refused(tmp_path, "--data", fair, "--config", tmp_path / "no.toml", parts=("no.toml", "cannot be read"))
    refused(tmp_path, "--data", fair, "--config", tmp_path, parts=(str(tmp_path), "cannot be read"))


USAGE: dict[str, tuple[tuple[object, ...], tuple[str, ...]]] = {
    "unknown option": (("backtest", "--luck"), ("No such option", "--luck")),
    "unknown command": (("trade",), ("No such command", "trade")),
    "no data": (("backtest",), ("Missing option", "--data")),
    "negative block": (
        ("backtest", "--data", "FAIR", "--block", -1),
        ("--block", "greater than or equal to 0"),
    ),
    "no number": (("backtest", "--data", "FAIR", "--block", "x"), ("--block", "valid integer")),
    "bad timeframe": (("backtest", "--data", "FAIR", "--timeframe", "7parsecs"), ("7parsecs",)),
    "shorter timeframe": (
        ("backtest", "--data", "FAIR", "--timeframe", "1s"),
        ("--timeframe 1s", "cannot be built"),
    ),
    "no multiple": (("backtest", "--data", "FAIR", "--timeframe", "90s"), ("90s",)),
    "unknown strategy": (("backtest", "--data", "FAIR", "--strategy", "luck"), ("holds no strategy 'luck'",)),
    "unknown instrument": (
        ("backtest", "--data", "FAIR", "--data", "FAIR", "--instrument", "ZZZ"),
        ("--instrument", "none of the files"),
    ),
    "twice the same": (("backtest", "--data", "FAIR", "--data", "FAIR"), ("AAA-USD 1m", "--instrument")),
    "bad instrument": (("backtest", "--data", "FAIR", "--instrument", "a b"), ("'a b'", "is no symbol")),
    "no duration": (("run", "--duration", 0), ("--duration",)),
    "nan duration": (("run", "--duration", "nan"), ("--duration",)),
    "unknown mode": (("run", "--mode", "dream"), ("mode dream",)),
    "no journal": (("audit", "verify", "--journal", "NEW"), ("run.db", "does not exist")),
    "nothing to trace": (("trace", "last", "--journal", "NEW"), ("run.db", "does not exist")),
    "nothing to replay": (("replay", "last", "--journal", "NEW"), ("run.db", "does not exist")),
    "nothing to tail": (("tail", "--journal", "NEW"), ("run.db", "does not exist")),
    "no journal at all": (("audit", "verify", "--journal", "FAIR"), (NAME, "is not a Barfinex journal")),
}


@pytest.mark.parametrize("kind", USAGE)
def test_a_command_that_makes_no_sense_is_refused(kind: str, tmp_path: Path, fair: Path) -> None:
    arguments, parts = USAGE[kind]
    places = {"FAIR": fair, "NEW": tmp_path / "run.db"}
    given = [places.get(str(argument), argument) for argument in arguments]
    before = sorted(tmp_path.rglob("*"))
    if given[0] in ("backtest", "run"):
        given += ["--journal", tmp_path / "new.db"]
    barfinex(*given).refuses(*parts)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_journal_that_is_there_is_not_written_over(tmp_path: Path, fair: Path) -> None:
    kept = tmp_path / "kept.db"
    kept.write_text("mine")
    barfinex("backtest", "--data", fair, "--journal", kept).refuses("kept.db", "exists already", "--journal")
    assert kept.read_text() == "mine"
    barfinex("run", "--duration", 1, "--journal", kept).refuses("kept.db", "not a Barfinex journal")
    assert kept.read_text() == "mine"


def test_places_that_cannot_be_written_are_refused_before_anything_runs(tmp_path: Path, fair: Path) -> None:
    (tmp_path / "file").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    barfinex("backtest", "--data", fair, "--journal", tmp_path / "file" / "run.db").refuses(
        str(tmp_path / "file")
    )
    barfinex("run", "--duration", 1, "--journal", tmp_path / "file" / "run.db").refuses(
        str(tmp_path / "file")
    )
    out = "--out", tmp_path / "file", "--journal", tmp_path / "run.db"
    barfinex("backtest", "--data", fair, *out).refuses(str(tmp_path / "file"))
    page = "--report", tmp_path, "--journal", tmp_path / "run.db"
    barfinex("backtest", "--data", fair, *page).refuses(
        f"--report {tmp_path}", "Is a directory", "Name a file"
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_a_process_of_its_own_says_it_on_stderr_alone(tmp_path: Path) -> None:
    absent = tmp_path / "absent.csv"
    answer = finish(spawn("backtest", "--data", absent, "--json"))
    answer.refuses(f"error: {absent}: cannot be read (No such file or directory). Name an existing file.")
    assert answer.err.count("\n") == 1
