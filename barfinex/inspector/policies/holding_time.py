"""Policy: how long a position may be held."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import OFF, Finding, Proposal, known


@policy("O18", keys="hold_ms_max", unit="ms", trips="the entry brings no time stop, or a later one")
def holding_time(proposal: Proposal, _book: RiskBook, limits: InspectorConfig) -> Finding:
    """Where a longest holding time is set, an entry brings a time stop that keeps it."""
    if limits.hold_ms_max is None:
        return OFF
    hold = known(known(proposal.intent.bracket, "bracket").hold_ms_max, "time stop")
    return Finding(0 < hold <= limits.hold_ms_max, hold, limits.hold_ms_max)
