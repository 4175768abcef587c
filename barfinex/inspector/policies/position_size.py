"""Policy: how much of one instrument."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("C5 O19", keys="position_notional_max", unit="quote", trips="the instrument would exceed it")
def position_size(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """One instrument's position, with what is approved and not yet filled, stays under a notional."""
    symbol = proposal.intent.instrument
    held = book.account.portfolio.positions.get(symbol)
    total = proposal.quantity + (ZERO if held is None else abs(held.quantity))
    for order in book.opening.values():
        if order.request.instrument == symbol:
            total += order.remaining
    value = total * known(proposal.price, "price")
    return Finding(is_between(value, ZERO, limits.position_notional_max), value, limits.position_notional_max)
