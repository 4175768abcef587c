"""Policy: a price that the market knows."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, exact, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C3",
    keys="price_collar",
    unit="of the last close",
    trips="the price is further away, or there is no close",
)
def price_collar(proposal: Proposal, _book: RiskBook, limits: InspectorConfig) -> Finding:
    """The intent's price lies within a fraction of the last close."""
    close = exact(known(proposal.mark, "mark")[0])
    away = abs(known(proposal.price, "price") - close)
    limit = limits.price_collar * close
    return Finding(is_between(away, ZERO, limit), away, limit)
