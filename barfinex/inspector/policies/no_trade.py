"""Policy: times at which nothing is begun."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("O28", keys="no_trade", unit="UTC windows", trips="it is inside one of them")
def no_trade(proposal: Proposal, _book: RiskBook, limits: InspectorConfig) -> Finding:
    """Nothing is begun inside a window in which trading rests (UTC)."""
    for window in limits.windows:
        if window.holds(proposal.now):
            return Finding(False, proposal.now, window.text)
    return Finding(True, proposal.now, "outside every window")
