"""Policy: how many losses a day."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("O8", keys="losses_per_day_max", unit="trades", trips="as many trades lost on this UTC day")
def losses_per_day(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """Fewer trades than so many have lost on this UTC day."""
    lost = book.account.counters.lost_on(proposal.now)
    return Finding(lost < limits.losses_per_day_max, lost, f"under {limits.losses_per_day_max}")
