"""Policy: whose idea it is."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("C34", trips="strategy, signal, decision or trade is not named")
def attribution(proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    """An entry names its strategy, its signal, its intent and the trade it begins."""
    intent = proposal.intent
    named = (intent.strategy, intent.signal_id, intent.id, intent.trade_id)
    return Finding(all(named), "/".join(named), "all named")
