"""Policy: stopped out long before the venue closes the position."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from barfinex.config import InspectorConfig
from barfinex.domain.money import ZERO, exact
from barfinex.domain.position import Position
from barfinex.inspector.book import RiskBook
from barfinex.inspector.policies.control import policy
from barfinex.inspector.proposal import Finding, Proposal, known

_MILLIONTH = Decimal("0.000001")


@policy(
    "O20 I5",
    keys="liquidation_distance_min",
    unit="x the distance of the furthest stop",
    trips="the venue would close the position, with what is held of it already, nearer than that",
)
def liquidation_distance(proposal: Proposal, book: RiskBook, limits: InspectorConfig) -> Finding:
    """A linear future's margin reaches well beyond every stop over it."""
    limit = limits.liquidation_distance_min
    if proposal.instrument is None or proposal.instrument.linear is None:
        return Finding(True, "held in full", limit)
    price, side = known(proposal.price, "price"), proposal.side.sign
    stop = exact(known(proposal.intent.bracket, "bracket").stop)
    name, change = proposal.intent.instrument, proposal.quantity * side
    held = book.portfolio.positions.get(name) or Position(name)
    level = proposal.instrument.linear.liquidation(
        held.quantity + change, held.cost + change * price, book.account.carried.get(name, ZERO)
    )
    if level is None:
        return Finding(True, "never", limit)
    guards = [guard for one in book.positions.values() if one.instrument == name for guard in one.guards]
    furthest = max([stop * price, *((price - guard.level) * side for guard in guards)])
    value = ((price - level) * side / furthest).quantize(_MILLIONTH, ROUND_DOWN)
    return Finding(value.is_finite() and value >= limit, value, limit)
