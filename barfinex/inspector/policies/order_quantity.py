"""Policy: how much in one order."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("C1", keys="quantity_max", unit="base", trips="the order is larger")
def order_quantity(proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    """One order's quantity stays within its instrument's limit."""
    limit = known(proposal.instrument, "instrument").quantity_max
    return Finding(is_between(proposal.quantity, ZERO, limit), proposal.quantity, limit)
