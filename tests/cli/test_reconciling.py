"""Somebody trades on the account while we are away: the next start finds it, counts it, leaves it alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from barfinex.audit.reader import Reader
from barfinex.domain.order import OrderType, Purpose, Side
from barfinex.events.provider import CandlesClosed
from barfinex.provider.store.venue import VenueStore
from barfinex.provider.venues.base import Accepted, Cancelled, Filled, Report
from tests.cli.command import finish, spawn, write_config
from tests.cli.test_run import HOLDS, LIVELY, strategies
from tests.factories import fill, order_request

BOUGHT = order_request("by-hand-1", instrument="ETH-USDT", quantity=Decimal("0.5"))
RESTS = order_request(
    "by-hand-2", instrument="ETH-USDT", type=OrderType.LIMIT, price=Decimal("0.5"), quantity=Decimal(3)
)


class Place:
    """A journal, the venue's file beside it, and one strategy that buys and holds."""

    def __init__(self, folder: Path) -> None:
        self.journal, self.venue = folder / "run.db", folder / "run.venue.db"
        settings = {**LIVELY, **strategies(folder / "own", holds=HOLDS)}
        self.config = write_config(folder / "own.toml", settings)

    def run(self, seconds: float = 1.0) -> Any:
        started = spawn(
            "run", "--config", self.config, "--journal", self.journal, "--duration", seconds, "--json"
        )
        return finish(started).json

    def query(self, sql: str) -> list[dict[str, Any]]:
        with Reader(self.journal) as reader:
            return reader.query(sql)

    def trade_by_hand(self) -> None:
        """A trade, an order that rests, and one of our stops taken back, all at the venue itself."""
        with Reader(self.journal) as reader:
            rows = list(reader.envelopes(types=[CandlesClosed]))
        blocks = [row.event.candles for row in rows if isinstance(row.event, CandlesClosed)]
        price = Decimal(
            repr(next(one.last_close for one in reversed(blocks) if one.instrument == "ETH-USDT"))
        )
        made = fill(
            id="hand-1",
            order_id=BOUGHT.id,
            instrument="ETH-USDT",
            side=Side.BUY,
            quantity=BOUGHT.quantity,
            price=price,
            fee=Decimal("0.01"),
            ts=rows[-1].known_at,
        )
        store = VenueStore(self.venue)
        stop = next(order.request for order in store.working() if order.request.purpose is Purpose.STOP)
        reports: list[Report] = [
            Accepted(BOUGHT.id, made.ts),
            Filled(made, made.quantity, made.quantity),
            Accepted(RESTS.id, made.ts),
            Cancelled(stop.id, made.ts, "by hand"),
        ]
        store.record(reports, [BOUGHT, RESTS])
        store.close()


def test_a_trade_by_hand_is_found_counted_and_left_alone(tmp_path: Path) -> None:
    """F29, R43, R46: at the next start each difference is named once; at the one after, none is."""
    place = Place(tmp_path)
    first = place.run(2.0)
    assert first["mismatches"] == {}
    before = Decimal(first["positions"].get("ETH-USDT", {"quantity": "0"})["quantity"])
    place.trade_by_hand()
    second = place.run()
    found = {
        kind: second["mismatches"].get(kind) for kind in ("fill_foreign", "order_foreign", "cancel_missed")
    }
    assert found == {"fill_foreign": 1, "order_foreign": 1, "cancel_missed": 1}
    held = Decimal(second["positions"]["ETH-USDT"]["quantity"])
    assert held >= before + BOUGHT.quantity
    assert place.run()["mismatches"] == {}
    store = VenueStore(place.venue)
    left = store.order(RESTS.id)
    store.close()
    assert left is not None
    assert left.state.is_open
    rows = place.query("select kind, about, repair, severity from v_mismatches where kind like '%foreign'")
    assert {tuple(row.values()) for row in rows} == {
        ("fill_foreign", "hand-1", "adopt", "told"),
        ("order_foreign", "by-hand-2", "adopt", "told"),
    }
