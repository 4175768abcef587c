"""What must hold after a crash and a restart: the venue's own memory against the journal's.

The venue's file is the witness: it lives outside the journal and dies at another moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from barfinex.audit.reader import Reader
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill, Order, OrderState, Purpose
from barfinex.events.base import Envelope
from barfinex.events.inspector import IntentApproved, ProtectionApproved, ProtectionPlaced, TradeClosed
from barfinex.events.provider import OrderFilled, OrderSubmitted
from barfinex.provider.store.venue import VenueStore

NAKED_MS_MAX = 10_000
_RUNS = "select min(known_at) as first, max(known_at) as last from events group by run_id order by min(seq)"


def judge(journal: Path, venue: Path, naked_ms_max: int = NAKED_MS_MAX) -> list[str]:
    """Every promise that does not hold, in words; empty when all do. `naked_ms_max` is market time."""
    with Reader(journal) as reader:
        chain = reader.verify()
        if not chain.ok:
            return [f"chain: broken at row {chain.broken_seq} ({chain.reason})"]
        kinds = (
            IntentApproved,
            ProtectionApproved,
            OrderSubmitted,
            OrderFilled,
            ProtectionPlaced,
            TradeClosed,
        )
        rows = list(reader.envelopes(types=kinds))
        runs = reader.query(_RUNS)
    store = VenueStore(venue)
    try:
        orders, fills = store.orders(), store.fills()
    finally:
        store.close()
    return [
        *_on_record(rows, orders),
        *_once(orders),
        *_fills_agree(rows, fills),
        *_covered(rows, orders, fills),
        *_in_time(rows, _gaps(runs), naked_ms_max),
    ]


def _on_record(rows: list[Envelope], orders: list[Order]) -> Iterator[str]:
    """I1, I2, I3: what the venue has was approved, bound to this very order, and written down; once."""
    approved: dict[str, tuple[str, str]] = {}
    submitted: set[str] = set()
    for row in rows:
        event = row.event
        if isinstance(event, IntentApproved):
            approved[event.approval.id] = event.approval.order.id, event.approval.order_hash
        elif isinstance(event, ProtectionApproved):
            approved |= {one.id: (one.order.id, one.order_hash) for one in event.approvals}
        elif isinstance(event, OrderSubmitted):
            request = event.request
            if approved.pop(event.approval_id, None) != (request.id, request.fingerprint()):
                yield f"unapproved: {request.id} was submitted without an approval of its own"
            if request.id in submitted:
                yield f"duplicate: {request.id} was submitted twice"
            submitted.add(request.id)
    for order in orders:
        if order.request.id not in submitted:
            yield f"unrecorded: {order.request.id} is at the venue and not in the journal"


def _once(orders: list[Order]) -> Iterator[str]:
    """At most one entry order an intent, whatever its id."""
    entries = Counter(order.request.intent_id for order in orders if order.request.purpose is Purpose.ENTRY)
    for intent_id, count in entries.items():
        if count > 1:
            yield f"duplicate: {count} entries for {intent_id}"
    for order in orders:
        if order.filled > order.request.quantity:
            yield f"overfilled: {order.request.id} filled {order.filled} of {order.request.quantity}"
        if order.state is OrderState.UNKNOWN:
            yield f"unknown: {order.request.id} was never settled"


def _fills_agree(rows: list[Envelope], fills: list[Fill]) -> Iterator[str]:
    """I16: the journal's fills are the venue's, each once."""
    told = Counter(row.event.fill.id for row in rows if isinstance(row.event, OrderFilled))
    there = {fill.id for fill in fills}
    yield from (f"lost fill: {fill_id}" for fill_id in sorted(there - told.keys()))
    yield from (f"invented fill: {fill_id}" for fill_id in sorted(told.keys() - there))
    yield from (f"doubled fill: {fill_id}" for fill_id, count in told.items() if count > 1)


def _covered(rows: list[Envelope], orders: list[Order], fills: list[Fill]) -> Iterator[str]:
    """I5: for every open trade the venue holds a stop over all of it, or an exit is on its way."""
    requests = {order.request.id: order.request for order in orders}
    left: dict[str, Decimal] = {}
    for fill in fills:
        request = requests[fill.order_id]
        change = fill.quantity if request.purpose.opens else -fill.quantity
        left[request.trade_id] = left.get(request.trade_id, ZERO) + change
    closed = {row.event.trade.id for row in rows if isinstance(row.event, TradeClosed)}
    for trade_id, quantity in left.items():
        working = [o for o in orders if o.request.trade_id == trade_id and o.state.is_open]
        stops = sum((o.remaining for o in working if o.request.purpose is Purpose.STOP), ZERO)
        leaving = any(o.request.purpose is Purpose.EXIT for o in working)
        if quantity < 0:
            yield f"oversold: {trade_id} by {-quantity}"
        elif quantity and stops < quantity and not leaving:
            yield f"naked: {trade_id} holds {quantity}, its stops cover {stops}"
        elif not quantity and trade_id not in closed:
            yield f"open for ever: {trade_id} is flat at the venue and not closed in the journal"
        elif not quantity and stops:
            yield f"orphan stop: {trade_id} is flat and {stops} still rest"


def _gaps(runs: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The times between the runs, whatever they came to say: (last heard of, there again) in ms UTC."""
    return [(gone["last"], back["first"]) for gone, back in pairwise(runs)]


def _in_time(rows: list[Envelope], gaps: list[tuple[int, int]], most: int) -> Iterator[str]:
    """I5: no slice went without its stop for more than `most` ms of the time in which anybody was there."""
    for row in rows:
        if isinstance(row.event, ProtectionPlaced):
            since, until = row.known_at - row.event.unprotected_ms, row.known_at
            away = sum(max(0, min(back, until) - max(gone, since)) for gone, back in gaps)
            bare = row.event.unprotected_ms - away
            if bare > most:
                yield f"naked: {row.event.trade_id} for {bare} ms"
