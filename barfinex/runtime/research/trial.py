"""One trial: the strategies with given parameters, through the whole system over a part of history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import numpy as np

from barfinex.audit.journal import HashJournal
from barfinex.config import Config
from barfinex.detector.loader import Loaded, load
from barfinex.domain.candles import Floats
from barfinex.runtime.history import Input, Outcome, run_history
from barfinex.runtime.kernel import OVER_HISTORY
from barfinex.runtime.research.windows import Window, cut
from barfinex.runtime.results import daily_returns, max_drawdown, sharpe

WARMUP = 400


@dataclass(frozen=True, slots=True)
class Result:
    """What a trial came to inside its window: `daily` returns as fractions, money in quote units."""

    run_id: str
    trades: int
    net_pnl: float
    max_drawdown: float
    sharpe: float | None
    daily: Floats

    def facts(self) -> dict[str, Any]:
        """All but the days, JSON-ready."""
        names = ("run_id", "trades", "net_pnl", "max_drawdown", "sharpe")
        return {name: getattr(self, name) for name in names}

    def metric(self, name: str) -> float:
        """What a search maximises; without three days or a trade it is 0, as doing nothing is."""
        if not self.trades:
            return 0.0
        if name == "net_pnl":
            return self.net_pnl
        if name == "calmar":
            return self.net_pnl / self.max_drawdown if self.max_drawdown > 0 else 0.0
        return self.sharpe or 0.0


METRICS = ("sharpe", "net_pnl", "calmar")


def strategies(config: Config, inputs: Sequence[Input], given: Mapping[str, float]) -> Loaded:
    """The configured strategies with these parameters. Raises BadInput."""
    symbols = list(dict.fromkeys(one.instrument for source in inputs for one in source.series))
    own = config.strategies
    return load(config.run.strategies_dir, own.names, symbols=symbols, given=given, approved=own.approved)


def run_trial(config: Config, inputs: Sequence[Input], loaded: Loaded, window: Window, warmup: int) -> Result:
    """Trade a window. The candles before it warm strategies up, and what is traded on them does not count."""
    outcome = anyio.run(_run, config, cut(inputs, window, warmup), loaded)
    return measured(outcome, config, window)


async def _run(config: Config, inputs: Sequence[Input], loaded: Loaded) -> Outcome:
    return await run_history(config, inputs, loaded, HashJournal(), mode=OVER_HISTORY)


def measured(outcome: Outcome, config: Config, window: Window) -> Result:
    """Figures of the part of a run that lies in the window."""
    times, equity = outcome.equity(config.venue.cash)
    inside = times > window.start
    times, equity = times[inside], equity[inside]
    trades = [trade for trade, _ in outcome.collector.trades if trade.entry_ts >= window.start]
    return Result(
        outcome.run_id,
        len(trades),
        float(sum(float(trade.net_pnl) for trade in trades)),
        max_drawdown(equity),
        sharpe(times, equity),
        np.asarray(daily_returns(times, equity)),
    )
