"""Whatever a strategy file does, the others say what they say alone, to the byte (cases 33 to 55)."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import pytest

from barfinex.clock import VirtualClock
from barfinex.detector.declarative import is_declarative
from barfinex.detector.isolation.host import Bounds
from barfinex.detector.loader import load
from barfinex.detector.module import DetectorModule
from barfinex.domain.candles import Candles
from barfinex.domain.errors import BadInput
from barfinex.events.base import Event
from barfinex.events.detector import StrategyDisabled, StrategyLoaded
from barfinex.events.provider import CandlesClosed
from tests.detector.isolation.hostile import AT_LOAD, HARMLESS, HEAD, WHEN_CALLED, when_called
from tests.detector.market import walk
from tests.fakes import FakeJournal, FakePort

SERIES = walk(120, 5)
BOUNDS = Bounds(load_s=6.0, answer_s=1.0, memory=2 << 30)
HONEST = (
    HEAD.replace("import os, sys, time\n", "")
    + """
strategy = Strategy(name="honest", long=[Condition("up", close > ema(5))], bracket=BRACKET)
"""
)
HONEST_FUNCTION = (
    HEAD.replace("import os, sys, time\n", "")
    + """
def up(c):
    return c.close > 1.0005 * c.open

strategy = Strategy(name="function", long=[Condition("up", up)], bracket=BRACKET)
"""
)


def folder(path: Path, hostile: str | None) -> Path:
    (path / "honest.py").write_text(HONEST)
    (path / "function.py").write_text(HONEST_FUNCTION)
    if hostile is not None:
        (path / "hostile.py").write_text(hostile)
    return path


async def said(path: Path) -> list[Event]:
    """What the Detector says candle by candle."""
    module = DetectorModule(load(path, bounds=BOUNDS))
    journal, clock = FakeJournal(), VirtualClock()
    port = FakePort(journal, clock)
    module.start(port)
    for at in range(len(SERIES.ts)):
        block = Candles(SERIES, at, at + 1)
        clock.move(block.known_at)
        await module.handle(CandlesClosed(candles=block), port)
    return journal.events()


def of_others(events: list[Event]) -> list[str]:
    names = [getattr(one, "strategy", None) or one.signal.strategy for one in events]  # type: ignore[attr-defined]
    return [f"{one!r}" for one, name in zip(events, names, strict=True) if name != "hostile"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    import anyio

    path = folder(tmp_path_factory.mktemp("alone"), None)
    return [one.replace(str(path), "") for one in of_others(anyio.run(said, path))]


@pytest.mark.parametrize("name", [*AT_LOAD, *WHEN_CALLED])
async def test_what_misbehaves_is_disabled_with_a_reason_and_the_others_say_the_same(
    name: str, tmp_path: Path, alone: list[str]
) -> None:
    source, reason = {**AT_LOAD, **WHEN_CALLED}[name]
    events = await said(folder(tmp_path, source))
    [disabled] = [one for one in events if isinstance(one, StrategyDisabled)]
    assert reason in disabled.reason
    assert "\n" not in disabled.strategy
    assert [one.replace(str(tmp_path), "") for one in of_others(events)] == alone
    assert any("SignalDetected" in one for one in alone)


@pytest.mark.parametrize("name", HARMLESS)
async def test_what_it_does_to_its_own_process_reaches_nobody(
    name: str, tmp_path: Path, alone: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    events = await said(folder(tmp_path, HARMLESS[name]))
    assert [one.replace(str(tmp_path), "") for one in of_others(events)] == alone
    assert capfd.readouterr() == ("", "")
    assert sum(isinstance(one, StrategyLoaded) for one in events) == 3


def test_a_description_needs_no_process_and_what_does_more_has_one(tmp_path: Path) -> None:
    folder(tmp_path, HARMLESS["forks"])
    assert is_declarative(tmp_path / "honest.py") is False  # HEAD holds a function.
    samples = Path(__file__).parents[3] / "strategies"
    assert all(is_declarative(file) for file in samples.glob("*.py"))


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from os import system",
        "x = [i for i in range(10**9)]",
        "x = (lambda: 1)()",
        "x = open('f')",
        "x = 9 ** 9 ** 9",
        "x = 'a' * 10**9",
        "x = [0]\ny = x * 9",
        "x = f'{1:>999999999}'",
        "x = ema.__class__",
        "Strategy = print\nx = Strategy('hello')",
        "while True: pass",
        "def f(): pass",
        "x = __import__('os')",
        "x = ema(20)(3)",
        "from barfinex.detector.loader import load",
    ],
)
def test_what_is_more_than_a_description_is_seen(line: str, tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text(f"from barfinex.sdk import Strategy, ema\n{line}\n")
    assert not is_declarative(file)


def test_only_approved_files_are_run(tmp_path: Path) -> None:
    """Case 36 and 37: by hash, what they import included, and nobody else may write them."""
    (tmp_path / "_beside.py").write_text("N = 5\n")
    file = tmp_path / "one.py"
    file.write_text("from _beside import N\n" + HONEST)
    hashes = [sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("one.py", "_beside.py")]
    assert load(tmp_path, ["honest"], approved=hashes).strategies
    with pytest.raises(BadInput, match="HASH_NOT_APPROVED"):
        load(tmp_path, approved=hashes[:1])
    file.chmod(0o666)
    with pytest.raises(BadInput, match="chmod o-w"):
        load(tmp_path, approved=hashes)
    assert "barfinex_strategy_two" not in sys.modules


FORGES = """
import struct, orjson
def forge(head, data=b""):
    text = orjson.dumps(head)
    whole = struct.pack("<I", len(text)) + text + data
    os.write(int(sys.argv[3]), struct.pack("<Q", len(whole)) + whole)
"""


@pytest.mark.parametrize(
    "deed",
    [
        "forge({'token': 1, 'arrays': []})",
        "forge({'token': 1, 'arrays': [['<f8', [3]]]}, b'0' * 24)",
        "forge({'arrays': [['<f8', [1]]]}, b'0' * 8)",
        "forge({'token': 'x', 'arrays': [['<f8', []]]}, b'0' * 8)",
        "forge({'failed': 99, 'kind': 1, 'text': 2, 'arrays': []})",
        "forge({'token': 1, 'arrays': [['|O', [1]]]}, b'0' * 8)",
        "forge([1])",
    ],
)
async def test_a_forged_answer_harms_nobody_else(deed: str, tmp_path: Path, alone: list[str]) -> None:
    source = when_called(deed).replace("calls = 0", FORGES + "\ncalls = 0")
    events = await said(folder(tmp_path, source))
    [disabled] = [one for one in events if isinstance(one, StrategyDisabled)]
    assert any(word in disabled.reason for word in ("no answer", "no message", "bracket", "up at"))
    assert [one.replace(str(tmp_path), "") for one in of_others(events)] == alone


def test_a_strategys_process_knows_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R106: what is in our environment for an exchange is not in its."""
    monkeypatch.setenv("BARFINEX_BINANCE_SECRET", "canary-3f9a")
    text = "import os\nseen = [name for name in os.environ if 'BARFINEX' in name]\nassert not seen, seen\n"
    (tmp_path / "honest.py").write_text(text + HONEST)
    assert load(tmp_path, bounds=BOUNDS).strategies
