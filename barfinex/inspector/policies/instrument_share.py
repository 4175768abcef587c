"""Policy: how much of the account in one instrument."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.exposure import worst
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("C7 O19", keys="instrument_share_max", unit="x equity", trips="the instrument would exceed it")
def instrument_share(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """One instrument, with what is approved and not yet filled, stays under a share of equity."""
    limit = limits.instrument_share_max * known(book.account.equity, "equity")
    value = proposal.notional() + worst(book, (proposal.intent.instrument,))
    return Finding(is_between(value, ZERO, limit), value, limit)
