"""Policy: what must stay free."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, is_between
from barfinex.inspector.book import RiskBook
from barfinex.inspector.exposure import worst
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known

_MILLIONTH = Decimal("0.000001")


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
    needed = (value + proposal.notional()) * limits.margin_rate + _beyond(proposal, book, limits.margin_rate)
    limit = equity * (1 - limits.equity_reserve)
    return Finding(is_between(needed, ZERO, limit), needed, limit)


def _beyond(proposal: Proposal, book: RiskBook, rate: Decimal) -> Decimal:
    """What linear futures need beyond that rate, where their leverage asks for more."""
    needed, own = ZERO, proposal.intent.instrument
    for name, terms in book.account.futures.items():
        more = (1 / terms.leverage).quantize(_MILLIONTH, ROUND_UP) - rate
        if more > 0:
            held = worst(book, (name,)) + (proposal.notional() if name == own else ZERO)
            needed += held * more
    return needed
