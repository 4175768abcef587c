"""Asking the venue: each query may fail, and one that fails is no answer (I15)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import anyio

from barfinex.domain.mismatch import Part
from barfinex.domain.order import Order
from barfinex.domain.value import Word
from barfinex.provider.reconciliation.belief import Belief, VenueSnapshot
from barfinex.provider.settling import OURS
from barfinex.provider.venues.base import Venue
from barfinex.provider.venues.errors import Outcome, OutcomeKind, classify
from barfinex.provider.venues.rejects import NO_KEY

T = TypeVar("T")
Heed = Callable[[Exception], Outcome]

QUERY_S = 10.0
TRADES_S = 120.0  # A question for months of them is many.
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


class _Questions:
    """Asks, and remembers what was not answered. Who is banned asks no more."""

    def __init__(self, heed: Heed, is_banned: bool) -> None:
        self._heed = heed
        self.failed: dict[Part, str] = {}
        self.is_shut = self._is_banned = is_banned

    async def ask(self, part: Part, query: Callable[[], Awaitable[T]]) -> T | None:
        """The answer; None when there is none, or when the venue knows of no such thing.

        Raises:
            what is no failure of the venue.
        """
        if self._is_banned:
            self.failed[part] = "not asked, for the venue has banned us"
            return None
        try:
            with anyio.fail_after(TRADES_S if part is Part.FILLS else QUERY_S):
                return await query()
        except OURS:
            raise
        except Exception as error:
            outcome = self._heed(error)
            if outcome.kind is OutcomeKind.NOT_FOUND and part is Part.ORDERS:
                return None
            self._is_banned = outcome.kind is OutcomeKind.BANNED
            self.is_shut |= self._is_banned or outcome.code == NO_KEY
            self.failed[part] = f"{type(error).__name__}: {error}"
            return None


async def look(
    venue: Venue, belief: Belief, scope: Scope, heed: Heed = classify, *, is_banned: bool = False
) -> VenueSnapshot:
    """What the venue says now of orders and, unless only those are in scope, of trades and holdings. `heed`
    is told of each failure and says what it means; who `is_banned` asks nothing."""
    questions = _Questions(heed, is_banned)
    ask = questions.ask
    opened, conditional = (
        await ask(Part.OPEN, venue.open_orders),
        await ask(Part.CONDITIONAL, venue.conditional_orders),
    )
    seen = VenueSnapshot(open=_whole(opened), conditional=_whole(conditional), failed=questions.failed)
    asked: dict[str, Order | None] = {}
    for order_id in _wanted(belief, seen, scope):
        failures = questions.failed.pop(Part.ORDERS, None)
        answer = await ask(Part.ORDERS, partial(venue.order, order_id))
        if Part.ORDERS not in questions.failed:
            asked[order_id] = answer
        if failures is not None:
            questions.failed[Part.ORDERS] = failures
    seen = replace(seen, asked=asked)
    if scope is not Scope.ORDERS or _has_filled(belief, seen):
        since = _since(venue, belief, scope)
        seen = replace(
            seen,
            fills=_whole(await ask(Part.FILLS, partial(venue.fills, since))),
            since=since,
            positions=await ask(Part.POSITIONS, venue.positions),
            balances=await ask(Part.BALANCES, venue.balances),
        )
    return replace(seen, is_shut=questions.is_shut)


def _since(venue: Venue, belief: Belief, scope: Scope) -> int:
    """From when on (ms UTC) trades are asked for: all that we remember and the venue tells, or the latest."""
    if scope.is_whole:
        history = venue.capabilities.history_ms
        return max(belief.horizon + 1, belief.now - history if history else 0)
    latest = max((fill.ts for fill in belief.fills.values()), default=0)
    return max(latest - OVERLAP_MS, 0)


def _has_filled(belief: Belief, seen: VenueSnapshot) -> bool:
    """Whether an order shows more filled than we have heard: then the trades are asked for as well."""
    shown = {**seen.working(), **{name: one for name, one in seen.asked.items() if one is not None}}
    return any(
        name in shown and shown[name].filled > one.filled for name, one in belief.open_orders().items()
    )


def _whole(answer: Sequence[T] | None) -> tuple[T, ...] | None:
    return None if answer is None else tuple(answer)


def _wanted(belief: Belief, seen: VenueSnapshot, scope: Scope) -> list[str]:
    """Open orders that need a question of their own: those the lists do not show, for a list alone proves no
    absence; a day's full check trusts no list. Otherwise a few at a time, for queries have their price."""
    working = seen.working()
    wanted = [each for each in belief.open_orders() if scope is Scope.FULL or each not in working]
    return wanted if scope.is_whole else wanted[:ASKED_MAX]
