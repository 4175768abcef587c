"""`python -m tests.bench.searching [TRIALS]`: how much faster two processes search than one; minutes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.detector.market import walk

CANDLES, T0 = 60_000, 1_600_000_000_000
STRATEGY = """
from barfinex.sdk import Bracket, Condition, Strategy, crosses_above, crosses_below, ema, param

fast, slow = ema(param("fast", 20, 5, 60)), ema(param("slow", 100, 40, 200))
strategy = Strategy(
    name="searched",
    long=[Condition("cross", crosses_above(fast, slow))],
    exit_long=[Condition("back", crosses_below(fast, slow))],
    bracket=Bracket(stop=param("stop", 0.02, 0.005, 0.05), target=0.04, hold=500),
)
"""
CONFIG = """
[run]
strategies_dir = "strategies"
[strategies]
names = ["searched"]
[advisor]
authority = "observe"
"""


def prepare(folder: Path, candles: int) -> list[str]:
    """Candles, a strategy and a configuration; the command that searches them."""
    (folder / "strategies").mkdir()
    (folder / "strategies" / "searched.py").write_text(STRATEGY)
    (folder / "config.toml").write_text(CONFIG)
    rows = [[int(ts) + T0, *rest] for ts, *rest in walk(candles).block().rows()]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    (folder / "BTC-USDT_1m.csv").write_text(f"ts,open,high,low,close,volume\n{text}\n")
    files = ["--config", "config.toml", "--data", "BTC-USDT_1m.csv"]
    return [sys.executable, "-m", "barfinex", "optimize", *files]


def main() -> None:
    trials = sys.argv[1] if len(sys.argv) > 1 else "100"
    took = {}
    with tempfile.TemporaryDirectory() as name:
        command = prepare(Path(name), CANDLES)
        for workers in ("1", "2"):
            began = time.perf_counter()
            more = ["--trials", trials, "--workers", workers, "--study", f"{workers}.log", "--json"]
            subprocess.run([*command, *more], check=True, cwd=name, stdout=subprocess.DEVNULL)
            took[workers] = time.perf_counter() - began
    ratio = took["1"] / took["2"]
    print(
        f"{trials} trials of three folds: one process {took['1']:.1f} s, two {took['2']:.1f} s: {ratio:.2f} x"
    )


if __name__ == "__main__":
    main()
