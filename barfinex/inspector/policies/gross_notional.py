"""Policy: the sum of everything."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("C6", keys="gross_notional_max", unit="quote", trips="all positions and entries under way exceed it")
def gross_notional(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """All positions, with what is approved and not yet filled, stay under an amount, whatever the equity."""
    value = known(book.account.gross, "mark") + proposal.notional()
    for order in book.opening.values():
        value += order.remaining * order.price
    return Finding(is_between(value, ZERO, limits.gross_notional_max), value, limits.gross_notional_max)
