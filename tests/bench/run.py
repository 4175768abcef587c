"""One measurement in its own process: `loop BARS` or `system BARS INSTRUMENTS JOURNAL FOLDER`."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from tests.bench.loop import oracle


def peak_mb() -> float:
    """Most memory this process has held. `ru_maxrss` would count what its parent held before the exec."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def loop(bars: int) -> dict[str, float]:
    module = oracle()
    assert module is not None
    series = module.make_series(0, bars)
    began = time.perf_counter()
    trades = module.trades(series)
    return {"bars_per_s": bars / (time.perf_counter() - began), "trades": len(trades)}


def system(bars: int, instruments: int, journal: Path, folder: Path) -> dict[str, float]:
    import anyio

    from barfinex.audit.journal import SqliteJournal
    from barfinex.cli.inputs import candle_files, inputs_of
    from barfinex.config import load
    from barfinex.detector.loader import load as load_strategies
    from barfinex.runtime.history import run_history

    config = load(Path("config/reference.toml"))
    loaded = load_strategies(config.run.strategies_dir, config.strategies.names)
    paths = [folder / f"S{k}-USD_1m.csv" for k in range(instruments)]
    base = peak_mb()
    began = time.perf_counter()
    inputs = inputs_of(candle_files(paths, None, None), None)
    with SqliteJournal(journal, sync="batch") as book:
        outcome = anyio.run(lambda: run_history(config, inputs, loaded, book, mode="backtest"))
        rows = book.last_seq
    total = time.perf_counter() - began
    candles = bars * instruments
    return {
        "bars_per_s": candles / outcome.wall_s,
        "with_load_per_s": candles / total,
        "trades": len(outcome.collector.trades),
        "rows": rows,
        "row_us": outcome.wall_s / max(rows, 1) * 1e6,
        "base_mb": base,
        "peak_mb": peak_mb(),
    }


def main() -> None:
    kind, bars = sys.argv[1], int(sys.argv[2])
    if kind == "loop":
        print(json.dumps(loop(bars)))
    else:
        print(json.dumps(system(bars, int(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[5]))))


if __name__ == "__main__":
    main()
