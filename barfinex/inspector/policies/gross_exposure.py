"""Policy: how much of everything."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C5 C6 O20 O27",
    keys="gross_exposure_max",
    unit="x equity",
    trips="all positions and entries under way exceed it",
)
def gross_exposure(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """All positions, with what is approved and not yet filled, stay under a multiple of equity."""
    value = known(book.account.gross, "mark") + proposal.notional()
    for order in book.opening.values():
        value += order.remaining * order.price
    limit = limits.gross_exposure_max * known(book.account.equity, "equity")
    return Finding(is_between(value, ZERO, limit), value, limit)
