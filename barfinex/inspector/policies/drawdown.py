"""Policy: the fall from the peak."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("C14 O7", keys="drawdown_max", unit="of the peak", trips="equity is further below its peak")
def drawdown(_proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """Equity has not fallen further below its peak than a fraction."""
    value = known(book.account.drawdown(), "equity")
    return Finding(is_between(value, ZERO, limits.drawdown_max), value, limits.drawdown_max)
