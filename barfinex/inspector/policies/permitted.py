"""Policy: what may be traded."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C18 O13",
    keys="allow deny directions",
    trips="the instrument is unknown, not allowed, or denied, or the direction is",
)
def permitted(proposal: Proposal, _book: RiskBook, limits: InspectorConfig) -> Finding:
    """Only what is configured, allowed and not denied is traded, and only in the directions allowed."""
    intent = proposal.intent
    symbol, direction = intent.instrument, intent.direction
    if known(proposal.instrument, "instrument").symbol != symbol or symbol in limits.deny:
        return Finding(False, symbol, "not denied", "DENIED")
    if limits.allow and symbol not in limits.allow:
        return Finding(False, symbol, "allowed", "NOT_ALLOWED")
    return Finding(direction in limits.directions, direction, "a direction allowed", "DIRECTION")
