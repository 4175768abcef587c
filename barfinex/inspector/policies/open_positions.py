"""Policy: how many positions."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("C5", keys="open_positions_max", unit="positions", trips="there would be more")
def open_positions(_proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """The number of positions, this one and those under way included, stays within its limit."""
    count = len(book.positions) + 1
    return Finding(count <= limits.open_positions_max, count, limits.open_positions_max)
