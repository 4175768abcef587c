"""Policy: data that can be relied on."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import OFF, Finding, Proposal, known


@policy(
    "C4",
    keys="market_quality_min",
    unit="in [0, 1]",
    trips="the score of its market data is lower, or there is none",
)
def market_quality(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """The instrument's market data is fresh, whole and usual enough."""
    limit = limits.market_quality_min
    if limit is None:
        return OFF
    value = known(book.books.scores.get(proposal.intent.instrument), "market quality")
    return Finding(limit <= value <= 1.0, value, limit)
