"""Policy: a way out."""

from __future__ import annotations

from math import inf

from barfinex.config import InspectorConfig
from barfinex.domain.order import Side
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.policies.feed import UNFED, fresh_top
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C18 O16 O17",
    keys="close_spread_bps_max close_depth_min book_age_ms_max book_required",
    unit="bps, quote",
    trips="a forced exit would meet a wider spread or a thinner book; exits themselves are never held back",
)
def close_liquidity(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """What is entered could be left: the other side of the book is near and deep enough."""
    top = fresh_top(proposal, book, limits)
    if top is None:
        return UNFED
    spread = known(top.spread_bps, "spread")
    if not 0.0 <= spread <= limits.close_spread_bps_max:
        return Finding(False, spread, limits.close_spread_bps_max, "CLOSE_SPREAD")
    away = Side.closing(proposal.intent.direction)
    depth = sum(price * quantity for price, quantity in top.taken_by(away))
    least = max(float(limits.close_depth_min), float(proposal.notional()))
    return Finding(least <= depth < inf, depth, least, "CLOSE_DEPTH")
