"""Policy: how much of the account moves together."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.exposure import worst
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C7", keys="groups group_share_max", unit="x equity", trips="a group of the instrument would exceed it"
)
def group_share(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """Instruments that move together stay, together, under a share of equity."""
    limit = limits.group_share_max * known(book.account.equity, "equity")
    value = proposal.notional()
    for group in limits.groups_of.get(proposal.intent.instrument, ()):
        value = max(value, proposal.notional() + worst(book, group.instruments))
    return Finding(is_between(value, ZERO, limit), value, limit)
