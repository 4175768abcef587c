"""Loading: a good file runs, a bad one is named with its line, its reason and the remedy."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import pytest

from barfinex.detector.loader import load
from barfinex.domain.errors import BadInput
from barfinex.sdk import close, ema

GOOD = """
from barfinex.sdk import Bracket, Condition, Strategy, close
strategy = Strategy(name="{name}", long=[Condition("up", close > 1)], bracket=Bracket(stop=0.02){more})
"""
BAD = {
    "syntax": ("x = (\n", "bad.py:1", "is no Python"),
    "null": ("x = 1\0\n", "bad.py", "null bytes"),
    "import": ("\nimport barfinex.nothing\n", "bad.py:2", "ModuleNotFoundError"),
    "raises": ("\n\n1 / 0\n", "bad.py:3", "ZeroDivisionError"),
    "exits": ("import sys\nsys.exit(3)\n", "bad.py:2", "SystemExit"),
    "empty": ("", "bad.py", "defines no strategy"),
    "weight": (
        'from barfinex.sdk import Condition, close\nup = Condition("up", close > 1, weight=float("nan"))\n',
        "bad.py:2: condition 'up'",
        "weight nan",
    ),
    "threshold": (
        GOOD.format(name="bad", more=", threshold=3"),
        "bad.py:3: strategy 'bad' long",
        "only add up to 1",
    ),
    "bracket": (GOOD.format(name="bad", more="").replace("0.02", "-1"), "bad.py:3: bracket.stop", "is -1"),
}


def write(folder: Path, name: str, text: str | None = None, more: str = "") -> Path:
    path = folder / f"{name}.py"
    path.write_text(GOOD.format(name=name, more=more) if text is None else text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_faulty_file_is_left_out_and_the_rest_run(tmp_path: Path, kind: str) -> None:
    text, where, reason = BAD[kind]
    write(tmp_path, "bad", text)
    write(tmp_path, "good")
    loaded = load(tmp_path)
    assert [one.strategy.name for one in loaded.strategies] == ["good"]
    [fault] = loaded.faults
    assert fault.strategy == "bad"
    assert where in fault.reason
    assert reason in fault.reason
    assert fault.error.remedy


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_faulty_file_that_was_asked_for_is_bad_input(tmp_path: Path, kind: str) -> None:
    text, where, reason = BAD[kind]
    write(tmp_path, "bad", text)
    write(tmp_path, "good")
    with pytest.raises(BadInput) as caught:
        load(tmp_path, ["good", "bad"])
    assert where in str(caught.value)
    assert reason in str(caught.value)


def test_a_strategy_carries_the_hash_of_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, "good")
    [one] = load(tmp_path).strategies
    assert one.source_hash == sha256(path.read_bytes()).hexdigest()
    assert one.file == str(path)
    assert not list(tmp_path.rglob("*.pyc")), "what runs is what was hashed, never a cache of it"


def test_a_file_may_define_several_strategies_also_in_a_list(tmp_path: Path) -> None:
    text = "from dataclasses import replace\n" + GOOD.format(name="one", more="")
    write(tmp_path, "many", text + 'strategies = [strategy, replace(strategy, name="two")]\n')
    assert [one.strategy.name for one in load(tmp_path).strategies] == ["one", "two"]
    assert [one.strategy.name for one in load(tmp_path, ["two"]).strategies] == ["two"]


def test_a_second_strategy_of_one_name_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, "a", GOOD.format(name="same", more=""))
    write(tmp_path, "b", GOOD.format(name="same", more=""))
    loaded = load(tmp_path)
    assert [Path(one.file).name for one in loaded.strategies] == ["a.py"]
    assert "as" in loaded.faults[0].reason
    assert "b.py" in loaded.faults[0].file
    with pytest.raises(BadInput, match="own name"):
        load(tmp_path, ["same"])


def test_files_that_were_not_asked_for_are_not_run(tmp_path: Path) -> None:
    write(tmp_path, "good")
    write(tmp_path, "a_bomb", "raise SystemExit('it was run')\n")
    assert load(tmp_path, ["good"]).faults == ()


def test_an_unknown_name_is_told_what_there_is(tmp_path: Path) -> None:
    write(tmp_path, "good")
    write(tmp_path, "bad", "x = (\n")
    with pytest.raises(BadInput, match=r"no strategy 'god'. It holds good; .*bad.py cannot be loaded"):
        load(tmp_path, ["god"])


def test_an_instrument_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, "eth", more=', instruments=["ETH-USDT"]')
    write(tmp_path, "any")
    loaded = load(tmp_path, symbols=["BTC-USDT"])
    assert [one.strategy.name for one in loaded.strategies] == ["any"]
    assert "wants ETH-USDT, and there is only BTC-USDT" in loaded.faults[0].reason
    with pytest.raises(BadInput, match="ETH-USDT"):
        load(tmp_path, ["eth"], symbols=["BTC-USDT"])


def test_a_timeframe_is_given_to_strategies_that_name_none(tmp_path: Path) -> None:
    write(tmp_path, "own", more=', timeframe="1h"')
    write(tmp_path, "any")
    loaded = load(tmp_path, timeframe="5m")
    assert {one.strategy.name: one.strategy.timeframe for one in loaded.strategies} == {
        "any": "5m",
        "own": "1h",
    }


def test_a_folder_without_a_strategy_that_runs_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder"):
        load(tmp_path / "none")
    with pytest.raises(BadInput, match="holds no strategy"):
        load(tmp_path)
    write(tmp_path, "bad", "x = (\n")
    with pytest.raises(BadInput, match="is no Python"):
        load(tmp_path)


def test_what_a_file_imports_from_beside_it_is_read_anew_and_counts_in_its_hash(tmp_path: Path) -> None:
    (tmp_path / "_shared.py").write_text("LENGTH = 20\n")
    imports = "from barfinex.sdk import ema\nfrom _shared import LENGTH\n"
    write(
        tmp_path,
        "one",
        imports + GOOD.format(name="one", more="").replace("close > 1", "close > ema(LENGTH)"),
    )
    first = load(tmp_path).strategies[0]
    (tmp_path / "_shared.py").write_text("LENGTH = 30\n")
    second = load(tmp_path).strategies[0]
    assert first.source_hash != second.source_hash
    assert first.strategy.long[0].when != second.strategy.long[0].when
    assert "_shared" not in sys.modules


def test_parameters_are_declared_and_given(tmp_path: Path) -> None:
    imports = "from barfinex.sdk import ema, param\n"
    text = GOOD.format(name="one", more="").replace("close > 1", 'close > ema(param("n", 20, 5, 60))')
    write(tmp_path, "one", imports + text)
    assert [one.value for one in load(tmp_path).strategies[0].parameters] == [20]
    assert load(tmp_path, given={"n": 7}).strategies[0].strategy.long[0].when == (close > ema(7))
    with pytest.raises(BadInput, match="is not declared there"):
        load(tmp_path, given={"m": 7})
