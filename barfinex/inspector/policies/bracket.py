"""Policy: the stop that every position needs."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.proposal import Finding, Proposal, known


def bracket(proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    """An entry brings a protective stop, as a fraction of its price."""
    stop = known(proposal.intent.bracket, "bracket").stop
    return Finding(0 < stop < 1, stop, "inside (0, 1)")
