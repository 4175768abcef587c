"""Policy: how many trades a day."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("O9", keys="trades_per_day_max", unit="trades", trips="there would be more on this UTC day")
def trades_per_day(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """The trades begun on this UTC day, this one and those under way included, stay in number."""
    under_way = sum(not order.filled for order in book.entries())
    count = book.account.counters.opened_on(proposal.now) + under_way + 1
    return Finding(count <= limits.trades_per_day_max, count, limits.trades_per_day_max)
