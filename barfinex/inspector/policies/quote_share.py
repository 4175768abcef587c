"""Policy: how much of the account in one quote asset."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.instrument import quote_of
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.exposure import symbols, worst
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C7", keys="quote_share_max", unit="x equity", trips="all instruments priced in the asset would exceed it"
)
def quote_share(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """All instruments priced in one asset stay, together, under a multiple of equity."""
    quote = known(proposal.instrument, "instrument").quote
    limit = limits.quote_share_max * known(book.account.equity, "equity")
    names = [symbol for symbol in symbols(book) if quote_of(symbol) == quote]
    value = proposal.notional() + worst(book, names)
    return Finding(is_between(value, ZERO, limit), value, limit)
