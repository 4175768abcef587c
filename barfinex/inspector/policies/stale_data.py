"""Policy: data that is fresh."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C4",
    keys="data_age_ms_max",
    unit="ms",
    trips="the last candle is older than its length and this, or the feed has stalled",
)
def stale_data(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """The last candle closed not longer ago (ms) than its own length and an allowance; the feed is live."""
    if (stalled := book.books.stalled.get(proposal.intent.instrument)) is not None:
        return Finding(False, stalled, "a live feed")
    age = proposal.now - known(proposal.mark, "mark")[1]
    limit = limits.data_age_ms_max + known(book.account.steps.get(proposal.intent.instrument), "timeframe")
    return Finding(0 <= age <= limit, age, limit)
