"""What somebody else has closed of ours: a trade does not go on guarding what the account holds no more."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from barfinex.domain.money import ZERO, part_of
from barfinex.domain.order import Fill
from barfinex.domain.position import Portfolio
from barfinex.inspector.managed import ManagedPosition

NOBODY = "external"


def take_away(
    fill: Fill, positions: Iterable[ManagedPosition], portfolio: Portfolio, reason: str = NOBODY
) -> None:
    """Charge a trade that is not ours, already in the portfolio, to the positions that it has closed: oldest
    first, and only as much as the account now holds less than they believe. `reason` becomes the exit's."""
    mine = [one for one in positions if one.instrument == fill.instrument and one.left > 0]
    if not mine or fill.side.sign == mine[0].direction.sign:
        return  # It has only added.
    held = portfolio.positions[fill.instrument].quantity * mine[0].direction.sign
    gone = sum((one.left for one in mine), ZERO) - max(held, ZERO)
    gone = min(gone, fill.quantity)
    for position in mine:
        part = min(gone, position.left)
        if part > 0:
            _close(position, part, fill, reason)
            gone -= part


def _close(position: ManagedPosition, part: Decimal, fill: Fill, reason: str) -> None:
    position.left -= part
    position.proceeds += part * fill.price
    position.fees += fill.fee if part == fill.quantity else part_of(fill.fee, part, fill.quantity)
    position.exit_ts, position.reason = fill.ts, reason
