"""What the simulated exchange remembers: its orders and fills, in a file of its own beside our journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter

from barfinex.domain.errors import BadInput
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, Order, OrderRequest, OrderState
from barfinex.provider.venues.base import (
    Accepted,
    Cancelled,
    Expired,
    Filled,
    Funded,
    Liquidated,
    Rejected,
    Report,
)

_SCHEMA = """
create table if not exists orders (
  id text primary key, state text not null, filled text not null, request text not null);
create table if not exists fills (id text primary key, order_id text not null, fill text not null);
create table if not exists fundings (
  instrument text not null, ts integer not null, rate text not null, mark text not null,
  quantity text not null, amount text not null, primary key (instrument, ts));
create index if not exists fills_by_time on fills (fill ->> '$.ts');
create index if not exists fills_by_order on fills (order_id);
"""
_ORDER = "select request, state, filled from orders where id = ?"
_WORKING = """
select request, state, filled from orders where state in ('accepted', 'partially_filled') order by rowid
"""
_SPENT = """
select request ->> '$.oco' from orders where state = 'filled' and request ->> '$.oco' is not null
order by rowid desc limit ?
"""
_REQUEST, _FILL = TypeAdapter(OrderRequest), TypeAdapter(Fill)
_ENDED = {Accepted: OrderState.ACCEPTED, Cancelled: OrderState.CANCELLED, Expired: OrderState.EXPIRED}


class VenueStore:
    """One connection, one transaction per batch of reports.

    Raises:
        BadInput: the file is no such store.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.executescript(f"pragma journal_mode=wal; pragma synchronous=normal; {_SCHEMA}")
        except (OSError, sqlite3.DatabaseError) as error:
            raise BadInput(
                str(path), f"is not the simulated venue's file ({error})", "Move it away."
            ) from error

    def record(self, reports: Iterable[Report], submitted: Sequence[OrderRequest] = ()) -> None:
        """Write a batch whole or not at all."""
        with self._db:
            self._db.execute("begin immediate")
            for request in submitted:
                row = (request.id, OrderState.SUBMITTED, "0", _REQUEST.dump_json(request).decode())
                self._db.execute("insert or ignore into orders values (?, ?, ?, ?)", row)
            for report in reports:
                self._record(report)

    def order(self, order_id: str) -> Order | None:
        rows = self._orders(_ORDER, order_id)
        return rows[0] if rows else None

    def working(self) -> list[Order]:
        """Orders that may still fill, oldest first."""
        return self._orders(_WORKING)

    def orders(self) -> list[Order]:
        """Every order the venue ever had, oldest first."""
        return self._orders("select request, state, filled from orders order by rowid")

    def fills(self, since: int = 0) -> list[Fill]:
        """Fills from `since` (ms UTC) on, oldest first."""
        rows = self._db.execute("select fill from fills where fill ->> '$.ts' >= ? order by rowid", (since,))
        return [_FILL.validate_json(row[0]) for row in rows]

    def fundings(self) -> list[Funded]:
        """All that was settled, oldest first."""
        rows = self._db.execute("select * from fundings order by ts, rowid")
        return [Funded(name, ts, *map(Decimal, amounts)) for name, ts, *amounts in rows]

    def fills_of(self, order_id: str) -> int:
        (count,) = self._db.execute("select count(*) from fills where order_id = ?", (order_id,)).fetchone()
        return int(count)

    def positions(self) -> dict[str, Decimal]:
        """Net quantity per instrument: the sum of all fills (I16)."""
        held: dict[str, Decimal] = {}
        for fill in self.fills():
            held[fill.instrument] = held.get(fill.instrument, ZERO) + fill.change
        return held

    def bust(self, order_id: str) -> None:
        """Strike an order's fills out, as if it had never traded; it has ended."""
        with self._db:
            self._db.execute("delete from fills where order_id = ?", (order_id,))
            values = (OrderState.EXPIRED, order_id)
            self._db.execute("update orders set state = ?, filled = '0' where id = ?", values)

    def spent(self, count: int) -> list[str]:
        """The OCO groups of which an order was filled, oldest first; of the newest `count` such orders."""
        rows = self._db.execute(_SPENT, (count,)).fetchall()
        return [row[0] for row in reversed(rows)]

    def close(self) -> None:
        self._db.close()

    def _orders(self, query: str, *values: str) -> list[Order]:
        rows = self._db.execute(query, values)
        return [Order(_REQUEST.validate_json(r), OrderState(s), Decimal(f)) for r, s, f in rows]

    def _record(self, report: Report) -> None:
        if isinstance(report, Funded):
            amounts = map(str, report[2:])
            row = (report.instrument, report.ts, *amounts)
            self._db.execute("insert into fundings values (?, ?, ?, ?, ?, ?)", row)
        elif isinstance(report, Liquidated):
            self._keep(report.fill)
        elif isinstance(report, Filled):
            self._keep(report.fill)
            state = OrderState.FILLED if report.filled == report.quantity else OrderState.PARTIALLY_FILLED
            values = (state, str(report.filled), report.fill.order_id)
            self._db.execute("update orders set state = ?, filled = ? where id = ?", values)
        else:
            state = OrderState.REJECTED if isinstance(report, Rejected) else _ENDED[type(report)]
            self._db.execute("update orders set state = ? where id = ?", (state, report.order_id))

    def _keep(self, fill: Fill) -> None:
        row = (fill.id, fill.order_id, _FILL.dump_json(fill).decode())
        self._db.execute("insert into fills values (?, ?, ?)", row)
