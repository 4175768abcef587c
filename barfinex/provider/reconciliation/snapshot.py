"""Asking the venue: each query may fail, and one that fails is no answer (I15)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import anyio

from barfinex.domain.mismatch import Part
from barfinex.domain.order import Order
from barfinex.domain.value import Word
from barfinex.provider.reconciliation.belief import Belief, VenueSnapshot
from barfinex.provider.venues.base import Venue

QUERY_S = 10.0
ASKED_MAX = 20
OVERLAP_MS = 3_600_000


class Scope(Word):
    """START and FULL ask for all that is known, ACCOUNT for the latest, ORDERS for no trades or holdings."""

    START = "start"
    FULL = "full"
    ACCOUNT = "account"
    ORDERS = "orders"

    @property
    def is_whole(self) -> bool:
        return self in (Scope.START, Scope.FULL)


async def look(venue: Venue, belief: Belief, scope: Scope) -> VenueSnapshot:
    """What the venue says now of orders and, unless only those are in scope, of trades and holdings."""
    failed: dict[Part, str] = {}

    async def ask(part: Part, query: Callable[[], Awaitable[Any]]) -> Any:
        try:
            with anyio.fail_after(QUERY_S):
                return await query()
        except Exception as error:
            failed[part] = f"{type(error).__name__}: {error}"
            return None

    opened = await ask(Part.OPEN, venue.open_orders)
    conditional = await ask(Part.CONDITIONAL, venue.conditional_orders)
    seen = VenueSnapshot(open=_whole(opened), conditional=_whole(conditional))
    asked: dict[str, Order | None] = {}
    for order_id in _wanted(belief, seen, scope):
        try:
            with anyio.fail_after(QUERY_S):
                asked[order_id] = await venue.order(order_id)
        except Exception as error:
            failed[Part.ORDERS] = f"{order_id}: {type(error).__name__}: {error}"
    seen = replace(seen, asked=asked, failed=failed)
    if scope is Scope.ORDERS and not _has_filled(belief, seen):
        return seen
    since = 0 if scope.is_whole else max((fill.ts for fill in belief.fills.values()), default=0) - OVERLAP_MS
    fills = await ask(Part.FILLS, lambda: venue.fills(max(since, 0)))
    return replace(
        seen,
        fills=_whole(fills),
        since=max(since, 0),
        positions=await ask(Part.POSITIONS, venue.positions),
        balances=await ask(Part.BALANCES, venue.balances),
    )


def _has_filled(belief: Belief, seen: VenueSnapshot) -> bool:
    """Whether an order shows more filled than we have heard: then the trades are asked for as well."""
    shown = {**seen.working(), **{name: one for name, one in seen.asked.items() if one is not None}}
    return any(
        name in shown and shown[name].filled > one.filled for name, one in belief.open_orders().items()
    )


def _whole(answer: Any) -> tuple[Any, ...] | None:
    return None if answer is None else tuple(answer)


def _wanted(belief: Belief, seen: VenueSnapshot, scope: Scope) -> list[str]:
    """Open orders that need a question of their own: those the lists do not show, for a list alone proves no
    absence; a day's full check trusts no list. Otherwise a few at a time, for queries have their price."""
    working = seen.working()
    wanted = [each for each in belief.open_orders() if scope is Scope.FULL or each not in working]
    return wanted if scope.is_whole else wanted[:ASKED_MAX]
