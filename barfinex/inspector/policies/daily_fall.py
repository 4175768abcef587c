"""Policy: the fall of the day."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.calendar import DAY_MS
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C14",
    keys="daily_fall_max",
    unit="of the equity at the day's start",
    trips="equity, open results included, has fallen further",
)
def daily_fall(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """Equity, open profit and loss included, has not fallen further since the day began (UTC)."""
    counters, equity = book.account.counters, known(book.account.equity, "equity")
    start = known(
        counters.day_equity if counters.day == proposal.now // DAY_MS else None, "equity of the morning"
    )
    fall, limit = max(start - equity, ZERO), limits.daily_fall_max * start
    return Finding(is_between(fall, ZERO, limit), fall, limit)
