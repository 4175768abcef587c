"""Policy: a pause between trades."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy("C16 O22", keys="cooldown_ms", unit="ms", trips="its last exit is more recent")
def cooldown(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """A strategy waits a while (ms) after its last exit from an instrument."""
    ended = book.account.last_exit.get((proposal.intent.strategy, proposal.intent.instrument))
    if ended is None:
        return Finding(True, "no exit yet", limits.cooldown_ms)
    waited = proposal.now - ended
    return Finding(waited >= limits.cooldown_ms, waited, limits.cooldown_ms)
