"""Policy: the fall of the week."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.calendar import week_of
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C14",
    keys="weekly_fall_max",
    unit="of the equity at the week's start",
    trips="equity, open results included, has fallen further",
)
def weekly_fall(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """Equity, open profit and loss included, has not fallen further since the week began (Monday, UTC)."""
    counters, equity = book.account.counters, known(book.account.equity, "equity")
    start = known(
        counters.week_equity if counters.week == week_of(proposal.now) else None, "equity of Monday"
    )
    fall, limit = max(start - equity, ZERO), limits.weekly_fall_max * start
    return Finding(is_between(fall, ZERO, limit), fall, limit)
