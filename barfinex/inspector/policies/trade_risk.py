"""Policy: what the stop may lose."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, exact, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("O10", keys="trade_risk_max", unit="of equity", trips="the stop would lose more")
def trade_risk(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """What an entry loses at its stop is at most a fraction of equity, however it was sized."""
    stop = exact(known(proposal.intent.bracket, "bracket").stop)
    limit = limits.trade_risk_max * known(book.account.equity, "equity")
    value = proposal.notional() * stop
    return Finding(is_between(value, ZERO, limit), value, limit)
