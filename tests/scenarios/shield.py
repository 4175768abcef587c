"""Whether what is held is protected: told from the orders' own events, not by what the Inspector says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.domain.order import OrderRequest, Purpose
from barfinex.events.base import Event
from barfinex.events.inspector import TradeClosed
from barfinex.events.provider import (
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
)

BARE_MS_MAX, EXCESS_MS_MAX, ORPHAN_MS_MAX = 10_000, 2_000, 5_000
ENDS = (OrderCancelled, OrderExpired, OrderRejected)


@dataclass(slots=True)
class Leg:
    request: OrderRequest
    left: Decimal
    works: bool = False
    """Whether it would sell by itself: an accepted stop, an exit, whatever has begun to fill."""


@dataclass
class Shield:
    """Folds orders; `windows` are the events that took away the cover of what had been covered."""

    legs: dict[str, Leg] = field(default_factory=dict)
    gone: dict[str, Leg] = field(default_factory=dict)
    held: dict[str, Decimal] = field(default_factory=dict)
    bare: dict[str, int] = field(default_factory=dict)
    excess: dict[str, int] = field(default_factory=dict)
    orphans: dict[str, int] = field(default_factory=dict)
    windows: list[Event] = field(default_factory=list)
    ended: OrderRequest | None = None
    bare_ms: int = 0

    def see(self, event: Event, now: int, *, halted: bool) -> None:
        if isinstance(event, OrderSubmitted):
            request = event.request
            self.legs[request.id] = Leg(request, request.quantity, request.purpose is Purpose.EXIT)
            self._weigh(request.trade_id, event, now)
        elif isinstance(event, OrderAccepted) and event.order_id in self.legs:
            leg = self.legs[event.order_id]
            leg.works = leg.works or leg.request.purpose is Purpose.STOP
            self._weigh(leg.request.trade_id, event, now)
        elif isinstance(event, OrderFilled):
            self._fill(event, now)
        elif isinstance(event, ENDS) and event.order_id in self.legs:
            self.orphans.pop(event.order_id, None)
            leg = self.gone[event.order_id] = self.legs.pop(event.order_id)
            self.ended = leg.request
            self._weigh(self.ended.trade_id, event, now)
        elif isinstance(event, TradeClosed):
            for order_id, leg in self.legs.items():
                if leg.request.trade_id == event.trade.id:
                    self.orphans[order_id] = now
        self._judge(now, halted=halted)

    def _fill(self, event: OrderFilled, now: int) -> None:
        leg = self.legs.get(event.order_id) or self.gone[event.order_id]  # A fill can overtake the end.
        trade, quantity = leg.request.trade_id, event.fill.quantity
        opens = leg.request.purpose is Purpose.ENTRY
        self.held[trade] = self.held.get(trade, Decimal(0)) + (quantity if opens else -quantity)
        leg.left, leg.works = leg.left - quantity, True
        if not leg.left:
            self.legs.pop(event.order_id, None)
            self.orphans.pop(event.order_id, None)
        self._weigh(trade, event, now)

    def _weigh(self, trade: str, event: Event, now: int) -> None:
        """Compare what a trade holds with what would sell it; of a group one order does."""
        groups: dict[str, Decimal] = defaultdict(Decimal)
        leaving: set[str] = set()
        for leg in self.legs.values():
            request = leg.request
            if request.trade_id == trade and request.purpose is not Purpose.ENTRY and leg.works:
                group = request.oco or request.id
                groups[group] = max(groups[group], leg.left)
                if request.purpose is Purpose.EXIT:
                    leaving.add(group)
        covered, held = sum(groups.values(), Decimal(0)), self.held.get(trade, Decimal(0))
        if covered < held:
            if trade not in self.bare:
                self.bare[trade] = now
                opens = isinstance(event, OrderFilled) and event.order_id.endswith("-e")
                if not opens and not self._triggered(event):
                    self.windows.append(event)
        elif trade in self.bare:
            self.bare_ms += now - self.bare.pop(trade)
        stops = sum((left for group, left in groups.items() if group not in leaving), Decimal(0))
        if stops > held:  # What is being left is bounded by the venue, which only reduces.
            self.excess.setdefault(trade, now)
        else:
            self.excess.pop(trade, None)

    def _triggered(self, event: Event) -> bool:
        """Whether a venue took a stop away because it has begun with the target of its group."""
        ended = self.ended
        return isinstance(event, OrderCancelled) and any(
            leg.request.oco == ended.oco and leg.request.purpose is Purpose.TARGET
            for leg in self.legs.values()
            if ended is not None and ended.oco
        )

    def _judge(self, now: int, *, halted: bool) -> None:
        for trade, since in self.bare.items():
            assert now - since <= BARE_MS_MAX or halted, f"I5: {trade} is bare since {since}"
        for trade, since in self.excess.items():
            assert now - since <= EXCESS_MS_MAX, f"the stops of {trade} are larger than it, since {since}"
        for order_id, since in self.orphans.items():
            assert now - since <= ORPHAN_MS_MAX, f"{order_id} outlives its position since {since}"
