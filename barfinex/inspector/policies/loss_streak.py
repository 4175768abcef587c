"""Policy: losses in a row."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal


@policy(
    "O23",
    keys="loss_streak_max",
    unit="trades",
    trips="more losses came in a row",
    action="entries are refused until a person resumes",
)
def loss_streak(_proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """The number of losing trades in a row stays within its limit; a person who resumes starts it anew."""
    streak = book.account.loss_streak
    return Finding(streak <= limits.loss_streak_max, streak, limits.loss_streak_max)
