"""Policy: trading with oneself."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.order import OrderType
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known

DORMANT = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT)


@policy("C12", trips="an own order of the other side could trade with it")
def self_match(proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """No own order of the other side is working that this entry could meet at once."""
    symbol, side, price = proposal.intent.instrument, proposal.side, known(proposal.price, "price")
    for order in book.orders.values():
        request = order.request
        if request.instrument != symbol or request.side is side or request.type in DORMANT:
            continue
        if request.price is None or (price - request.price) * side.sign >= 0:
            return Finding(False, request.id, "none")
    return Finding(True, "none", "none")
