"""Funding of what is held: a gain or a loss of the account, and of the trades that held it."""

from __future__ import annotations

from collections.abc import Iterable

from barfinex.domain.money import ZERO, part_of
from barfinex.events.provider import FundingSettled
from barfinex.inspector.account import Account
from barfinex.inspector.managed import ManagedPosition


def share_out(
    event: FundingSettled, account: Account, positions: Iterable[ManagedPosition], now: int
) -> None:
    """Take a settlement in, once. Each trade bears the part that it held; when all is ours, the parts are the
    whole to the last digit."""
    if not account.fund(event.instrument, event.at, event.amount, now):
        return
    mine = [one for one in positions if one.instrument == event.instrument and one.left > 0]
    held, rest = abs(event.quantity), event.amount
    is_all = sum((one.left for one in mine), ZERO) == held
    for one in mine:
        is_last = is_all and one is mine[-1]
        part = rest if is_last else part_of(event.amount, min(one.left, held), held)
        one.funding += part
        rest -= part
