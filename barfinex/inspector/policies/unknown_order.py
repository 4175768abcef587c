"""Policy: an order of which nobody knows whether the venue has it."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("I15", trips="nobody knows whether the venue has an order of ours in the instrument")
def unknown_order(proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """No entry in an instrument while an order of ours there is UNKNOWN."""
    for order in book.orders.values():
        if order.unknown and order.request.instrument == proposal.intent.instrument:
            return Finding(False, order.request.id, "none")
    return Finding(True, "none", "none")
