"""Policy: the trading state."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("C24 C26 O29", trips="trading is halted")
def trading_state(_proposal: Proposal, book: RiskBook, _limits: InspectorConfig) -> Finding:
    """Entries pass only while trading is not halted."""
    return Finding(book.halt is None, "active" if book.halt is None else "halted", "active")
