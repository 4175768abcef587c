"""`make bench`: speed and memory of the reference run, beside a plain loop over the same series, timed in the same run.

Each measurement runs in a process of its own, alternating with the loop, and the best of `--rounds` counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.loop import oracle

BARS = 525_600


def child(*args: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "tests.bench.run", *args], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=BARS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--instruments", type=int, nargs="*", default=[1, 10])
    args = parser.parse_args()
    if oracle() is None:
        print("the reference strategy's oracle (../shared/bench/reference.py) is absent: nothing to compare with")
        return
    with tempfile.TemporaryDirectory() as folder:
        for count in args.instruments:
            measure(args.bars, args.rounds if count == 1 else 1, count, Path(folder))


def measure(bars: int, rounds: int, instruments: int, folder: Path) -> None:
    ours, loops = [], []
    for turn in range(rounds):
        journal = folder / f"{instruments}-{turn}.db"
        loops.append(child("loop", str(bars)))
        ours.append(child("system", str(bars), str(instruments), str(journal)))
    loop, best = max(one["bars_per_s"] for one in loops), max(ours, key=lambda one: one["bars_per_s"])
    total = bars * instruments
    print(f"{instruments} instrument(s), {total:,} candles, journal on, eight stages on, one process")
    print(f"  plain loop          {loop:>12,.0f} candles/s")
    print(f"  whole system        {best['bars_per_s']:>12,.0f} candles/s   {best['bars_per_s'] / loop:.2f} x the loop")
    print(f"  with reading the CSV{best['with_load_per_s']:>12,.0f} candles/s   {best['with_load_per_s'] / loop:.2f} x the loop")
    print(f"  {best['trades']:,.0f} trades, {best['rows']:,.0f} journal rows, {best['row_us']:.1f} µs a row in all")
    data = total * 48 / 1e6
    grown = best["peak_mb"] - best["base_mb"]
    print(f"  peak memory {best['peak_mb']:,.0f} MB, {grown:,.0f} MB above the start; data {data:,.0f} MB ({grown / data:.2f} x)")


if __name__ == "__main__":
    main()
