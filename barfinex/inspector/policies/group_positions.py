"""Policy: how many positions move together."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy(
    "C7 O12",
    keys="groups group_positions_max",
    unit="positions",
    trips="a group of the instrument would have more",
)
def group_positions(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """Of instruments that move together only so many positions are open, this one included."""
    most = 1
    for group in limits.groups_of.get(proposal.intent.instrument, ()):
        held = sum(position.instrument in group.instruments for position in book.positions.values())
        most = max(most, held + 1)
    return Finding(most <= limits.group_positions_max, most, limits.group_positions_max)
