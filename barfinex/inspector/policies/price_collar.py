"""Policy: a price that the market knows."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, exact, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.proposal import Finding, Proposal, known


def price_collar(proposal: Proposal, _book: RiskBook, limits: InspectorConfig) -> Finding:
    """The intent's price lies within a fraction of the last close."""
    close = exact(known(proposal.mark, "mark")[0])
    away = abs(known(proposal.price, "price") - close)
    limit = limits.price_collar * close
    return Finding(is_between(away, ZERO, limit), away, limit)
