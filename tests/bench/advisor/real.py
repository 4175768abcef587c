"""The Advisor on real candles: how honest were its probabilities? python -m tests.bench.advisor.real

The sample strategies run through the whole system, file by file, and the Advisor only observes: nothing is
declined, so every signal has a probability, and an outcome after it. Each probability was made before its
outcome by what was known then, and nothing here was tuned on these files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import anyio
import numpy as np
from rich.console import Console
from rich.table import Table

from barfinex.advisor.calibration.report import CalibrationReport, report_of
from barfinex.audit.journal import HashJournal
from barfinex.cli.inputs import candle_files, configuration, inputs_of
from barfinex.cli.strategies import runnable
from barfinex.config import Config
from barfinex.events.advisor_learning import OutcomeLabelled
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.base import Envelope
from barfinex.runtime.history import run_history

DATA = Path("../shared/data/ohlcv")
FILES = (
    "binance_usdm/BTC-USDT_1m_2025-05_2025-06",
    "binance_usdm/ETH-USDT_1m_2025-05_2025-06",
    "binance_usdm/SOL-USDT_1m_2025-05_2025-06",
    "binance_usdm/XRP-USDT_1m_2025-05_2025-06",
    "binance_usdm/LAYER-USDT_1m_2025-05_2025-06",
    "binance_spot/BTC-USDT_1m_2021-04_2021-05",
    "binance_spot/ETH-USDT_1m_2021-04_2021-05",
    "binance_spot/BTC-USDT_5m_2023",
    "binance_spot/ETH-USDT_5m_2023",
    "binance_spot/BTC-USDT_1h_2017-08_2020-12",
    "coinbase_spot/BTC-USD_1h_2017-07_2019-10",
    "kraken_spot/BTC-USD_1h_2013-10_2018-12",
)
STRATEGIES = ("breakout", "mean_reversion", "pullback", "reference", "trend")
SEED = 20


class Row(NamedTuple):
    """A probability and what became of it: as served, the outcome, the base rate known before, the likeliest
    regime and the lower bound."""

    p: float
    won: bool
    base: float
    regime: int
    lcb: float


class Pairs:
    """Joins outcomes to their decisions as both are published."""

    def __init__(self) -> None:
        self._open: dict[str, DecisionResponded] = {}
        self.rows: list[Row] = []

    def tap(self, envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, DecisionResponded):
            self._open[event.decision_id] = event
        elif isinstance(event, OutcomeLabelled):
            said = self._open.pop(event.decision_id, None)
            if said is not None and said.rungs:
                regime = max(range(len(said.posterior)), key=said.posterior.__getitem__)
                self.rows.append(Row(said.p_final, event.won, said.base_rate, regime, said.lcb))


def observing() -> Config:
    """The configuration that is shipped, with all sample strategies, and nothing declined."""
    settings = configuration(None, STRATEGIES)
    advisor = settings.advisor.model_copy(update={"authority": "observe"})
    return settings.model_copy(update={"advisor": advisor})


def rows_of(path: Path, settings: Config) -> list[Row]:
    """Every labelled probability of a run over one file."""
    inputs = inputs_of(candle_files([path], None, None), None)
    loaded = runnable(settings, [one for source in inputs for one in source.series])
    pairs = Pairs()
    run = partial(run_history, settings, inputs, loaded, HashJournal(), mode="backtest", taps=[pairs.tap])
    anyio.run(run)
    return pairs.rows


def judged(rows: list[Row]) -> CalibrationReport:
    p, won, base, regimes, lcb = (np.array(column) for column in zip(*rows, strict=True))
    return report_of(p, won.astype(np.float64), base, regimes, lcb, np.random.default_rng(SEED))


def told(rows: list[Row], found: CalibrationReport) -> Iterator[tuple[str, str]]:
    """Name and value of each figure."""
    worst = found.ece_regime_worst
    yield "labels", str(found.n)
    yield "base rate", f"{np.mean([row.won for row in rows]):.4f}"
    yield "Brier", f"{found.brier.score:.4f}"
    yield "skill over the base rate known before", f"{found.bss:+.4f}"
    yield "ECE", f"{found.ece:.4f}"
    yield "ECE of noise alone", f"{found.ece_floor:.4f}"
    yield "worst ECE of a regime (200 labels)", "none" if worst is None else f"{worst:.4f}"
    yield "slope", f"{found.slope:.3f}"
    yield "Spiegelhalter z", f"{found.spiegelhalter:+.2f}"
    yield "share of lower bounds that held", f"{found.lcb_coverage:.3f}"
    yield "sharpness", f"{found.sharpness:.4f}"


def main() -> int:
    console = Console()
    paths = [DATA / f"{name}.parquet" for name in FILES]
    missing = [path for path in paths if not path.exists()]
    if missing:
        console.print(f"skipped: {missing[0]} and {len(missing) - 1} more are not there")
        return 0
    kept: dict[str, list[Row]] = {}
    settings = observing()
    for name, path in zip(FILES, paths, strict=True):
        began = perf_counter()
        kept[name] = rows_of(path, settings)
        console.print(f"{name}: {len(kept[name])} labels, {perf_counter() - began:.0f} s")
    kept["all"] = [row for rows in kept.values() for row in rows]
    for name, rows in kept.items():
        _show(console, name, rows)
    return 0


def _show(console: Console, name: str, rows: list[Row]) -> None:
    if len({row.won for row in rows}) < 2:
        console.print(f"{name}: {len(rows)} labels, and all of them ended alike")
        return
    found = judged(rows)
    table = Table(title=name, title_justify="left", show_header=False)
    for figure, value in told(rows, found):
        table.add_row(figure, value)
    for one in found.bins:
        table.add_row(f"said {one.said:.3f}", f"won {one.won:.3f} [{one.low:.3f}, {one.high:.3f}] of {one.n}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
