"""Policy: positions that would cancel each other out."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.exposure import others
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal
from barfinex.inspector.taken import NOBODY


@policy("I5", trips="a position in the instrument faces the other way")
def opposing(proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """All positions in an instrument face one way, even those that are not ours: a venue nets them.

    At a venue without groups of orders there is one of ours at most: a stop and an exit can cross on the way
    there, and only the net position (reduce-only) keeps them from selling what belongs to another.
    """
    intent = proposal.intent
    for position in book.positions.values():
        faces = position.direction is intent.direction
        if position.instrument == intent.instrument and not (faces and book.oco):
            return Finding(False, position.id, "none")
    if others(book, intent.instrument) * intent.direction.sign < 0:
        return Finding(False, NOBODY, "none")
    return Finding(True, "none", "none")
