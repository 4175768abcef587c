"""Policy: a good day."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("O6", keys="daily_profit_max", unit="of equity", trips="the trades closed today earned more")
def daily_profit(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """Once the trades closed on this UTC day have earned a fraction of the equity before, it is enough."""
    result = book.account.realised_on(proposal.now)
    limit = limits.daily_profit_max * (known(book.account.equity, "equity") - result)
    gain = max(result, ZERO)
    return Finding(is_between(gain, ZERO, limit), gain, limit)
