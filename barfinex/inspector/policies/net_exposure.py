"""Policy: how far all positions lean."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.domain.order import Side
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C6",
    keys="net_exposure_max",
    unit="x equity",
    trips="longs less shorts, the worst of what is under way filled, exceed it",
)
def net_exposure(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """Longs less shorts stay under a multiple of equity, whichever of the entries under way fill."""
    equity, most = known(book.account.equity, "equity"), limits.net_exposure_max
    high = ZERO
    for worth in book.account.worths.values():
        high += worth
    low = high
    for order in book.opening.values():
        if order.request.side is Side.BUY:
            high += order.remaining * order.price
        else:
            low -= order.remaining * order.price
    if proposal.side is Side.BUY:
        high += proposal.notional()
    else:
        low -= proposal.notional()
    value, limit = max(abs(high), abs(low)), most * equity
    return Finding(is_between(value, ZERO, limit), value, limit)
