"""What an exit must pass: only what can never trap a position."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("I4", trips="there is nothing to leave", action="the exit is refused")
def position_exists(proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """There is a position to leave."""
    trade_id = proposal.intent.trade_id
    position = book.positions.get(trade_id)
    return Finding(position is not None and position.left > ZERO, trade_id, "an open position", "NO_POSITION")


@policy("I4", unit="base", trips="it sells nothing, or more than is held", action="the exit is refused")
def exit_quantity(proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """An exit sells something, and no more than is held."""
    left = known(book.positions.get(proposal.intent.trade_id), "position").left
    asked = proposal.quantity
    return Finding(asked != ZERO and is_between(asked, ZERO, left), asked, left)
