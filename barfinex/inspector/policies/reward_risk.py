"""Policy: what may be won for what may be lost."""

from __future__ import annotations

from math import inf

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import OFF, Finding, Proposal, known


@policy(
    "O11", keys="reward_risk_min", unit="target over stop", trips="the target is nearer, or there is none"
)
def reward_risk(proposal: Proposal, _book: RiskBook, limits: InspectorConfig) -> Finding:
    """Where a least reward is asked for, the target is that many times as far away as the stop."""
    if limits.reward_risk_min is None:
        return OFF
    ratio = known(known(proposal.intent.bracket, "bracket").reward_risk, "target")
    return Finding(limits.reward_risk_min <= ratio < inf, ratio, limits.reward_risk_min)
