"""Policy: a spread that is not normal."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.policies.feed import UNFED, fresh_top
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C21 O15 O25",
    keys="spread_bps_max spread_median_max book_age_ms_max book_required",
    unit="bps, x median",
    trips="the book is crossed, stale, or wider than either limit",
)
def spread(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """The spread stays under a width and under a multiple of its own median; a crossed book is no book."""
    top = fresh_top(proposal, book, limits)
    if top is None:
        return UNFED
    usual = known(book.books.median_bps(proposal.intent.instrument), "median spread")
    value, limit = (
        known(top.spread_bps, "spread"),
        min(limits.spread_bps_max, limits.spread_median_max * usual),
    )
    return Finding(0.0 <= value <= limit, value, limit)
