"""Policy: how much for one strategy."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, exact, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("C5", keys="strategy_notional_max", unit="quote", trips="the strategy would hold more")
def strategy_size(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """One strategy's positions, with what is approved and not yet filled, stay under a notional."""
    name, value = proposal.intent.strategy, proposal.notional()
    for position in book.positions.values():
        if position.strategy == name and position.left:
            mark = known(book.account.marks.at(position.instrument, proposal.now - 1), "mark")  # As `value`.
            value += position.left * exact(mark[0])
    for order in book.opening.values():
        if order.request.strategy == name:
            value += order.remaining * order.price
    return Finding(is_between(value, ZERO, limits.strategy_notional_max), value, limits.strategy_notional_max)
