"""`make bench`: speed and memory of the reference run, beside a plain loop timed in the same run.

Each measurement runs in a process of its own, alternating with the loop; the best of `--rounds` counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import journal, policies, store, strategies, streams, wire
from tests.bench.kill import report as report_kill
from tests.bench.loop import oracle, write_series

BARS = 525_600
COLUMN_BYTES = 48
FEW_BARS = 2_000  # What a run over so few holds is the program.


def child(*args: str) -> dict[str, float]:
    """One measurement by `tests.bench.run`."""
    command = [sys.executable, "-m", "tests.bench.run", *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=BARS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--instruments", type=int, nargs="*", default=[1, 10])
    args = parser.parse_args()
    report_kill()
    with tempfile.TemporaryDirectory() as name:
        journal.measure(Path(name))
    wire.measure()
    policies.measure()
    streams.measure()
    store.measure()
    strategies.measure()
    if oracle() is None:
        print("../shared/bench/reference.py, the reference strategy's oracle, is absent: nothing to compare")
        return
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as few:
        folder = Path(name)
        write_series(FEW_BARS, 0, Path(few) / "S0-USD_1m.csv")
        small = child("system", str(FEW_BARS), "1", str(Path(few) / "few.db"), few)
        for count in args.instruments:
            for number in range(count):
                path = folder / f"S{number}-USD_1m.csv"
                if not path.exists():
                    write_series(args.bars, number, path)
            best = measure(args.bars, args.rounds if count == 1 else 2, count, folder)
            report_memory(best, small, args.bars * count * COLUMN_BYTES / 1e6)


def measure(bars: int, rounds: int, instruments: int, folder: Path) -> dict[str, float]:
    """Print one block of figures; returns those of the fastest round."""
    ours, loops = [], []
    for turn in range(rounds):
        loops.append(child("loop", str(bars)))
        place = folder / f"{instruments}-{turn}.db"
        ours.append(child("system", str(bars), str(instruments), str(place), str(folder)))
    loop = max(one["bars_per_s"] for one in loops)
    best = max(ours, key=lambda one: one["bars_per_s"])
    total = bars * instruments
    print(f"{instruments} instrument(s), {total:,} candles; journal on, eight stages on, one process")
    for label, rate in (
        ("plain loop", loop),
        ("whole system", best["bars_per_s"]),
        ("with reading the CSV", best["with_load_per_s"]),
    ):
        print(f"  {label:<22}{rate:>12,.0f} candles/s {rate / loop:>6.2f} x the loop")
    print(f"  {best['trades']:,.0f} trades, {best['rows']:,.0f} journal rows, {best['row_us']:.1f} µs a row")
    return best


def report_memory(best: dict[str, float], small: dict[str, float], data_mb: float) -> None:
    """Print the peak, and what of it is there with hardly a candle and with none."""
    print(f"  peak memory {best['peak_mb']:,.0f} MB; the data are {data_mb:,.0f} MB")
    for label, mb in (
        (f"a run over {FEW_BARS:,} candles", small["peak_mb"]),
        ("a process that has read nothing", best["base_mb"]),
    ):
        grown_mb = best["peak_mb"] - mb
        print(f"    {grown_mb:,.0f} MB above {label} ({mb:,.0f} MB): {grown_mb / data_mb:.2f} x the data")


if __name__ == "__main__":
    main()
