"""Policy: the same order twice."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C11",
    keys="content_window_ms",
    unit="ms",
    trips="the same strategy asked for the same quantity at the same price within it",
)
def same_content(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """The same strategy, instrument, side, price and quantity is not asked for again at once."""
    intent = proposal.intent
    asked = book.account.counters.asked.get((intent.strategy, intent.instrument, proposal.side))
    if asked is None or asked[1:] != (proposal.quantity, known(proposal.price, "price")):
        return Finding(True, "other", limits.content_window_ms)
    waited = proposal.now - asked[0]
    return Finding(waited >= limits.content_window_ms, waited, limits.content_window_ms)
