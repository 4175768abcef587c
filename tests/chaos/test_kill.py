"""kill -9 in the middle of a run, at twelve seeded moments, on one journal: every next start recovers.

BARFINEX_KILLS asks for more of them. The simulated venue's own file is the witness: it lives outside the
journal and dies at another moment.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from barfinex.audit.reader import Reader
from barfinex.domain.order import Fill, Order
from barfinex.events.base import Envelope, Event
from barfinex.events.kernel import RunStarted
from barfinex.events.provider import AccountReconciled, OrderFilled
from barfinex.provider.store.venue import VenueStore
from barfinex.runtime.drills.judge import NAKED_MS_MAX, judge
from tests.cli.command import finish, spawn, write_config
from tests.wide import WIDE

KILLS = int(os.environ.get("BARFINEX_KILLS", "12"))
SPEED = 20  # So that a slow machine, too, answers a signal before it has expired.
DELAY_S = (0.0, 1.8)  # after the run says that it starts: recovery, warm-up, trading
BASES = ("BTC", "ETH", "SOL", "XRP", "ADA")
FAST: dict[str, Any] = {
    "instruments": {f"{base}-USDT": {"tick": 0.0001, "lot": 0.00001} for base in BASES},
    "market": {"speed": SPEED, "volatility": 0.002, "warmup": 120},
    "venue": {"fee": 0.0002, "latency_ms": 100},
    "advisor": {"authority": "observe"},
    "sizing": {"risk_per_trade": 0.0001},
    "inspector": {
        **WIDE,
        "approval_ttl_ms": 60_000,
        "position_notional_max": 1_000_000,
        "gross_exposure_max": 100,
        "drawdown_max": 1,
        "daily_loss_max": 1,
        "loss_streak_max": 1_000_000,
        "price_collar": 1,
        "data_age_ms_max": 600_000,
    },
    "gateway": {"port": 0},
    "orders": {
        "entries_per_second_max": 1_000,
        "entries_per_minute_max": 60_000,
        "reserved_per_second_max": 1_000,
    },
    "reconcile": {"confirm_ms": 60_000},
    # Machines are shared and noisy, and twelve starts follow one another.
    "governor": {
        "lag_ms_max": 600_000,
        "watchdog_ms": 600_000,
        "starts_per_minute_max": 1_000,
        "fill_collar": 1,
    },
}


E = TypeVar("E", bound=Event)


class Place:
    """One journal, the venue's file beside it, and what a process said."""

    def __init__(self, folder: Path) -> None:
        self.journal, self.venue = folder / "run.db", folder / "run.venue.db"
        self.config = write_config(folder / "fast.toml", FAST)

    def start(self, *more: object) -> subprocess.Popen[str]:
        return spawn("run", "--config", self.config, "--journal", self.journal, "--json", *more)

    def kill_after(self, delay_s: float) -> None:
        process = self.start()
        assert process.stderr is not None
        said = process.stderr.readline()
        assert "starts: journal" in said, said + process.stderr.read()
        time.sleep(delay_s)
        assert process.poll() is None, process.stderr.read()
        process.kill()
        process.communicate()

    def rows(self, *types: type[Event]) -> list[Envelope]:
        with Reader(self.journal) as reader:
            return list(reader.envelopes(types=types))

    def events(self, kind: type[E]) -> list[E]:
        return [row.event for row in self.rows(kind) if isinstance(row.event, kind)]

    def venue_says(self) -> tuple[list[Order], list[Fill]]:
        store = VenueStore(self.venue)
        fills = store.fills()
        ids = store._db.execute("select id from orders").fetchall()
        orders = [order for (key,) in ids if (order := store.order(key))]
        store.close()
        return orders, fills


@pytest.mark.timeout(240 + 6 * KILLS)
def test_kills_lose_nothing_and_trading_goes_on(tmp_path: Path) -> None:
    """I1, I2, I5, I7, I15, I16 across crashes."""
    place, draw = Place(tmp_path), np.random.Generator(np.random.PCG64(20))
    for _ in range(KILLS):
        place.kill_after(float(draw.uniform(*DELAY_S)))
        with Reader(place.journal) as reader:
            assert reader.verify().ok
            assert reader.complete().orphans == []
    before = counts(place)
    report = finish(place.start("--duration", 12)).json
    assert report["chain"] == "ok"
    with Reader(place.journal) as reader:
        assert reader.complete().orphans == []
    assert judge(place.journal, place.venue, NAKED_MS_MAX * SPEED) == []  # ten seconds on the wall
    starts, settled = place.rows(RunStarted), place.rows(AccountReconciled)
    assert len(settled) > KILLS // 2  # The others died before they had a row on disk.
    assert settled[-1].run_id == starts[-1].run_id == report["run_id"]
    assert_books_agree(place, report["positions"])
    after = counts(place)
    assert after["detector.signal_detected"] > before["detector.signal_detected"] > 0
    assert after["provider.order_filled"] > before["provider.order_filled"] > 0
    assert after["inspector.trade_closed"] > before["inspector.trade_closed"] > 0


def counts(place: Place) -> Counter[str]:
    with Reader(place.journal) as reader:
        found = reader.query("select type, count(*) as n from events group by type")
    return Counter({row["type"]: row["n"] for row in found})


def assert_books_agree(place: Place, positions: dict[str, dict[str, str]]) -> None:
    """I16: the journal's fills are the venue's, each once, and their sum is what the run says it holds."""
    _, at_venue = place.venue_says()
    in_journal = [event.fill for event in place.events(OrderFilled)]
    assert len({fill.id for fill in in_journal}) == len(in_journal)
    assert sorted(in_journal, key=lambda fill: fill.id) == sorted(at_venue, key=lambda fill: fill.id)
    held: dict[str, Decimal] = {}
    for fill in at_venue:
        held[fill.instrument] = held.get(fill.instrument, Decimal(0)) + fill.quantity * fill.side.sign
    said = {symbol: Decimal(position["quantity"]) for symbol, position in positions.items()}
    assert said == {symbol: quantity for symbol, quantity in held.items() if quantity}
