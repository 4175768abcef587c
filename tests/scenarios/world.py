"""Whole systems for stories: seeded series, the shipped strategies, the witness on the bus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import numpy as np

from barfinex.audit.journal import HashJournal
from barfinex.config import Config
from barfinex.detector.loader import load
from barfinex.domain.candles import Series
from barfinex.events.base import Envelope, Event
from barfinex.events.kernel import AlertFired
from barfinex.provider.venues.rates import Listed
from barfinex.runtime.history import Input, Outcome, _HistoryRun
from tests.scenarios.witness import Witness
from tests.wide import TRUSTING

STRATEGIES = Path(__file__).parents[2] / "strategies"
MOVING = Path(__file__).parent / "strategies"
FOLLOWING = ("trailing", "even", "scaled")
SAMPLES = ("trend", "mean_reversion", "breakout")
Wish = tuple[int, Callable[[list[Envelope]], Event]]
T0 = 1_700_000_000_000 // 86_400_000 * 86_400_000


def walk(
    symbol: str, seed: int, candles: int, *, step_ms: int = 1_000, sigma: float = 0.0008, gap: float = 0.0
) -> Series:
    """A random walk with trends and jumps; with `gap`, candles are missing and opens leave the last close."""
    rng = np.random.Generator(np.random.PCG64(seed))
    drift = np.repeat(rng.normal(0, sigma / 4, candles // 40 + 1), 40)[:candles]
    steps = rng.standard_normal((candles, 4)) * sigma / 2 + drift[:, None] / 4
    steps[rng.random(candles) < 1 / 200, 1] *= 15
    path = 100 * np.exp(np.cumsum(steps.ravel()).reshape(candles, 4))
    first = np.concatenate(([100.0], path[:-1, -1])) * (1 + gap * rng.standard_normal(candles))
    close = path[:, -1]
    high = np.maximum(path.max(axis=1), np.maximum(first, close))
    low = np.minimum(path.min(axis=1), np.minimum(first, close))
    volume = np.exp(rng.standard_normal(candles)) * 1_000
    keep = rng.random(candles) >= (0.02 if gap else 0.0)
    ts = T0 + step_ms * np.arange(candles, dtype=np.int64)
    timeframe = "1s" if step_ms == 1_000 else "1m"
    o, h, lo, c, v = (np.round(column[keep], 2) for column in (first, high, low, close, volume))
    return Series(symbol, timeframe, ts[keep], o, h, lo, c, v)


def config(instruments: Sequence[dict[str, str]] = (), **changes: dict[str, Any]) -> Config:
    """Small sizes, a fee, and whatever a story changes: config(venue={"latency_ms": 40})."""
    base: dict[str, Any] = {
        "venue": {"fee": "0.0002", "spread_bps": 1.0},
        "advisor": TRUSTING,
        "sizing": {"risk_per_trade": "0.001"},
        "inspector": {
            "position_notional_max": "50000",
            "gross_exposure_max": 3,
            "data_age_ms_max": 10_000,
            "loss_streak_max": 30,
            "stops_window_ms": 10_000,  # Candles of a second: what lasts hours elsewhere lasts seconds here.
            "stops_lock_ms": 5_000,
            "low_profit_lock_ms": 5_000,
            "breaker_sigma": "off",  # The jumps are what these stories are about.
        },
        "gateway": {"enabled": False},
    }
    for section, values in changes.items():
        base[section] = {**base.get(section, {}), **values}
    return Config.model_validate({**base, "instruments": instruments} if instruments else base)


def play(
    series: list[Series],
    settings: Config,
    *,
    names: tuple[str, ...] = SAMPLES,
    block: int = 0,
    folder: Path = STRATEGIES,
    wishes: Sequence[Wish] = (),
    rates: Sequence[Listed] = (),
) -> tuple[Outcome, HashJournal, Witness]:
    """Run a story whole; every event has passed the witness. `wishes` are what a person does, each at a time
    (ms UTC), knowing the journal so far."""
    journal = HashJournal(keep=True)
    witness = Witness(settings.venue.cash)
    by_symbol: dict[str, list[Series]] = {}
    for one in series:
        by_symbol.setdefault(one.instrument, []).append(one)
    funding = {one.instrument: one for one in rates}
    inputs = [
        Input(tuple(group), symbol, "seeded", {}, rates=funding.get(symbol))
        for symbol, group in by_symbol.items()
    ]
    loaded = load(folder, names)

    run = _HistoryRun(settings, inputs, loaded, journal, "backtest", block)
    run.bus.taps.append(witness.tap)
    made = {f"wish {n}": make for n, (_, make) in enumerate(wishes)}

    def speak(envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, AlertFired) and event.name in made:
            run.bus.publish(made[event.name](journal.envelopes), "studio")

    run.bus.taps.append(speak)
    for n, (at, _) in enumerate(wishes):
        run.bus.clock.alert(at, f"wish {n}")

    async def story() -> Outcome:
        await run.begin()
        await run.driver.run()
        await run.end()
        journal.flush()
        return Outcome(run.run_id, run.collector, run.series, 0, 1.0)

    outcome = anyio.run(story)
    witness.end()
    return outcome, journal, witness
