"""Policy: how many orders at the venue."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy(
    "C13",
    keys="open_orders_max",
    unit="orders",
    trips="with a stop and a target kept free for every entry there would be more",
)
def open_orders(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """An instrument's working orders stay in number, two places kept for each entry's stop and target."""
    symbol = proposal.intent.instrument
    count = 3
    for order in book.orders.values():
        if order.request.instrument == symbol:
            count += 3 if order.request.purpose.opens else 1
    for position in book.positions.values():
        if position.instrument == symbol:
            count += 2 * len(position.naked)
    return Finding(count <= limits.open_orders_max, count, limits.open_orders_max)
