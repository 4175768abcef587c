"""Policy: the age of the idea."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("C23", trips="the intent has expired")
def expiry(proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    """An intent is acted on before it expires (ms UTC) or not at all."""
    return Finding(proposal.now <= proposal.intent.expires_at, proposal.now, proposal.intent.expires_at)
