"""Policy: what the order itself does to the price."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.policies.feed import UNFED, fresh_top
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C20 O14",
    keys="impact_bps_max book_age_ms_max book_required",
    unit="bps",
    trips="the book would fill it further from the middle, or not at all",
)
def impact(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """What the book offers fills the order, on average no further from the middle than a limit."""
    top = fresh_top(proposal, book, limits)
    if top is None:
        return UNFED
    value = known(top.impact_bps(proposal.side, float(proposal.quantity)), "depth")
    return Finding(0.0 <= value <= limits.impact_bps_max, value, limits.impact_bps_max)
