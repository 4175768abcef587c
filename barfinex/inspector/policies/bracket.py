"""Policy: the stop that every position needs."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("O1 O2 O24 I5", unit="fraction of the price", trips="there is no stop, or it is not inside (0, 1)")
def bracket(proposal: Proposal, _book: RiskBook, _limits: InspectorConfig) -> Finding:
    """An entry brings a protective stop, as a fraction of its price."""
    stop = known(proposal.intent.bracket, "bracket").stop
    return Finding(0 < stop < 1, stop, "inside (0, 1)")
