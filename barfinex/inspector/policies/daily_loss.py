"""Policy: the loss of the day."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy("C14 O5", keys="daily_loss_max", unit="of equity", trips="the trades closed today lost more")
def daily_loss(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """The trades closed on this UTC day have not lost more than a fraction of the equity before them."""
    result = book.account.realised_on(proposal.now)
    limit = limits.daily_loss_max * (known(book.account.equity, "equity") - result)
    loss = max(-result, ZERO)
    return Finding(is_between(loss, ZERO, limit), loss, limit)
