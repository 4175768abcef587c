"""A faulty strategy: bad input when it was asked for by name, else left out aloud while the others trade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ROOT, barfinex, refused, write_config
from tests.provider.candle_files import MINUTE, rows, write_csv
from tests.wide import WIDE

NAME = "AAA-USD_1m.csv"
GOOD = """
from barfinex.sdk import Bracket, Condition, Strategy, close, ema
up = Condition("up", close > ema(3), weight=1.0)
strategy = Strategy(name="{name}", long=[up], bracket=Bracket(stop=0.002, target=0.002))
"""
RAISES = """
from barfinex.sdk import Bracket, Condition, Strategy

def up(c):
    if (c.volume == 9.0).any():
        raise RuntimeError("no such luck")
    return c.close > 0

strategy = Strategy(name="raises", long=[Condition("up", up)], bracket=Bracket(stop=0.002, target=0.002))
"""


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def fair(tmp_path: Path) -> Path:
    """Candles that nothing is wrong with."""
    return write_csv(tmp_path / NAME, rows(300))


STRATEGIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "syntax": ("strategy = (\n", ("bad.py:1", "is no Python")),
    "none": ("x = 1\n", ("bad.py", "defines no strategy")),
    "weight": (GOOD.format(name="bad").replace("1.0", 'float("nan")'), ("bad.py:3", "weight nan")),
    "infinite": (GOOD.format(name="bad").replace("1.0", 'float("inf")'), ("bad.py:3", "weight inf")),
    "stop": (
        GOOD.format(name="bad").replace("stop=0.002", 'stop=float("nan")'),
        ("bad.py:4", "bracket.stop"),
    ),
    "import": ("import nothing_of_that_name\n", ("bad.py:1", "ModuleNotFoundError")),
    "raises": ("1 / 0\n", ("bad.py:1", "ZeroDivisionError")),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def own(tmp_path: Path, names: tuple[str, ...] = ()) -> Path:
    changes: dict[str, Any] = {
        "run": {"strategies_dir": str(tmp_path / "own")},
        "strategies": {"names": list(names)},
        "inspector": {**WIDE, "position_notional_max": 1_000_000, "gross_exposure_max": 50},
        "advisor": {"authority": "observe"},
    }
    return write_config(tmp_path / "own.toml", changes)


@pytest.mark.parametrize("kind", STRATEGIES)
def test_a_strategy_that_was_asked_for_and_is_faulty_is_refused(
    kind: str, tmp_path: Path, fair: Path, folder: Path
) -> None:
    text, parts = STRATEGIES[kind]
    (folder / "bad.py").write_text(text, encoding="utf-8")
    (folder / "good.py").write_text(GOOD.format(name="good"), encoding="utf-8")
    refused(tmp_path, "--data", fair, "--config", own(tmp_path, ("bad",)), parts=parts)
    (folder / "good.py").unlink()
    refused(tmp_path, "--data", fair, "--config", own(tmp_path), parts=parts)


@pytest.mark.parametrize("kind", STRATEGIES)
def test_a_faulty_strategy_is_disabled_while_the_others_trade(
    kind: str, tmp_path: Path, fair: Path, folder: Path
) -> None:
    text, parts = STRATEGIES[kind]
    (folder / "bad.py").write_text(text, encoding="utf-8")
    (folder / "good.py").write_text(GOOD.format(name="good"), encoding="utf-8")
    said = disabled(tmp_path, fair)
    assert said["disabled"] == "bad"
    assert all(part in said["reason"] for part in parts)


def test_a_strategy_that_raises_while_it_scores_is_disabled_while_the_others_trade(
    tmp_path: Path, folder: Path
) -> None:
    """I8, I17: it is at the candle on which it raises, and says nothing from then on, whatever the blocks."""
    (folder / "raises.py").write_text(RAISES, encoding="utf-8")
    (folder / "good.py").write_text(GOOD.format(name="good"), encoding="utf-8")
    candles = rows(300)
    candles[150][5] = 9.0
    data = write_csv(tmp_path / NAME, candles)
    runs = [disabled(tmp_path, data, "--block", block) for block in (0, 1, 7)]
    assert runs[0] == runs[1] == runs[2]
    assert runs[0]["disabled"] == "raises"
    assert "RuntimeError: no such luck" in runs[0]["reason"]
    assert runs[0]["known_at"] == candles[150][0] + MINUTE
    assert runs[0]["last_signal_of_raises"] < candles[150][0] < runs[0]["last_signal_of_good"]


def disabled(folder: Path, data: Path, *more: object) -> dict[str, Any]:
    """What a run that goes on without a strategy says of it, in its journal and to the person."""
    journal = folder / f"run{len(list(folder.glob('*.db')))}.db"
    arguments = "--data", data, "--config", own(folder), "--journal", journal, "--json", *more
    answer = barfinex("backtest", *arguments)
    assert answer.json["trades"] > 0
    sql = (
        "select body ->> '$.strategy' as disabled, body ->> '$.reason' as reason, known_at,"
        " (select max(candle_ts) from v_signals where strategy = 'raises') as last_signal_of_raises,"
        " (select max(candle_ts) from v_signals where strategy = 'good') as last_signal_of_good"
        " from events where type = 'detector.strategy_disabled'"
    )
    (row,) = barfinex("audit", "query", sql, "--journal", journal, "--json").json["rows"]
    assert f"{row['disabled']} is disabled: {row['reason']}" in answer.err
    return {**row, "head": answer.json["journal_hash"]}


AHEAD = """
import numpy as np
from barfinex.sdk import Bracket, Condition, Strategy

def knows_the_next_close(c):
    return np.append(c.close[1:] > c.close[:-1], False)

when = Condition("tomorrow", knows_the_next_close, weight=1.0)
strategy = Strategy(name="bad", long=[when], bracket=Bracket(stop=0.002, target=0.002))
"""
COARSE = GOOD.format(name="bad").replace('name="bad"', 'name="bad", timeframe="5m"')


@pytest.mark.parametrize(
    ("text", "parts"),
    [(AHEAD, ("bad.py", "looks ahead", "tomorrow")), (COARSE, ("bad.py", "listens to 5m", "there is 1m"))],
)
def test_what_cannot_be_traded_honestly_is_not_traded(
    tmp_path: Path, folder: Path, fair: Path, text: str, parts: tuple[str, ...]
) -> None:
    """I17: a condition that reads the next candle, or a strategy to which no candle would ever come."""
    (folder / "bad.py").write_text(text)
    refused(tmp_path, "--config", own(tmp_path), "--data", fair, parts=parts)


def test_signals_without_a_trade_say_what_stood_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "eager.py").write_text(
        "from barfinex.sdk import Bracket, Condition, Strategy, close, open\n"
        'up = Condition("up", close > open)\n'
        'strategy = Strategy(name="eager", long=[up], bracket=Bracket(stop=0.01))\n'
    )
    config = tmp_path / "c.toml"
    config.write_text(f'[run]\nstrategies_dir = "{tmp_path / "own"}"\n[advisor]\nconviction_min = 1.0\n')
    file = write_csv(tmp_path / "AAA-USD_1m.csv", rows(300))
    told = barfinex("backtest", "--config", config, "--data", file, "--journal", tmp_path / "j.db")
    assert told.code == 0, told.err
    assert "no trade: declined" in told.err


def test_what_sees_the_future_does_not_even_begin_to_run(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "peeks.py").write_text(
        "import numpy as np\n"
        "from barfinex.sdk import Bracket, Condition, Strategy\n\n\n"
        "def up(c):\n    return np.append(c.close[1:] > c.close[:-1], False)\n\n\n"
        'strategy = Strategy(name="peeks", long=[Condition("up", up)], bracket=Bracket(stop=0.01))\n'
    )
    config, journal = tmp_path / "c.toml", tmp_path / "j.db"
    config.write_text(f'[run]\nstrategies_dir = "{tmp_path / "own"}"\n')
    barfinex("run", "--config", config, "--journal", journal, "--duration", 1).refuses("peeks looks ahead")
    assert not journal.exists()
