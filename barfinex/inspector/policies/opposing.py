"""Policy: positions that would cancel each other out."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("I5", trips="a position in the instrument faces the other way")
def opposing(proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """All positions in an instrument face one way: a venue nets them, and a stop on nothing is void."""
    intent = proposal.intent
    for position in book.positions.values():
        if position.instrument == intent.instrument and position.direction is not intent.direction:
            return Finding(False, position.id, "none")
    return Finding(True, "none", "none")
