"""Policy: the same idea twice."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("C11", trips="the signal was judged before, or the strategy holds the instrument")
def duplicate(proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """A strategy holds an instrument once, and a signal is judged once."""
    intent = proposal.intent
    if intent.signal_id in book.judged:
        return Finding(False, intent.signal_id, "none", "DUPLICATE_SIGNAL")
    for position in book.positions.values():
        if position.strategy == intent.strategy and position.instrument == intent.instrument:
            return Finding(False, position.id, "none")
    return Finding(True, "none", "none")
