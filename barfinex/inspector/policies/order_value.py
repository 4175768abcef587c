"""Policy: what one order is worth."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy(
    "C2 O19",
    keys="order_notional_min order_notional_max",
    unit="quote",
    trips="it is worth less, or at its worst price more",
)
def order_value(proposal: Proposal, _book: RiskBook, limits: InspectorConfig) -> Finding:
    """One order is worth at least something and, at the worst price the collar allows, at most so much."""
    value = proposal.notional()
    if not is_between(value, limits.order_notional_min, limits.order_notional_max):
        return Finding(False, value, f"{limits.order_notional_min}..{limits.order_notional_max}")
    worst = value * (1 + limits.price_collar)
    return Finding(is_between(worst, value, limits.order_notional_max), worst, limits.order_notional_max)
