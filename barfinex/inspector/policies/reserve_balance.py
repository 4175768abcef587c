"""Policy: what must stay free."""

from __future__ import annotations

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known


@policy(
    "C8",
    keys="margin_rate equity_reserve",
    unit="of equity",
    trips="margin for all of it would leave less free",
)
def reserve_balance(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """After paying the margin of every position and entry under way a part of equity is left free."""
    equity, value = known(book.account.equity, "equity"), known(book.account.gross, "mark")
    for order in book.opening.values():
        value += order.remaining * order.price
    terms = None if proposal.instrument is None else proposal.instrument.linear
    own = limits.margin_rate if terms is None else max(limits.margin_rate, 1 / terms.leverage)
    needed = value * limits.margin_rate + proposal.notional() * own
    limit = equity * (1 - limits.equity_reserve)
    return Finding(is_between(needed, ZERO, limit), needed, limit)
