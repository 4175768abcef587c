"""What the account should hold, folded from what was published: the side of a comparison that is ours."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from barfinex.domain.mismatch import Mismatch
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill
from barfinex.domain.position import Position
from barfinex.events.base import Event
from barfinex.events.provider import (
    AccountReconciled,
    ExternalCashFound,
    ExternalFillFound,
    ExternalOrderEnded,
    ExternalOrderFound,
    ExternalPositionFound,
    FundingSettled,
    MismatchFound,
    OrderFilled,
)

FILLS_KEPT = 20_000
FillKey = tuple[str, str]


class AccountLedger:
    """Sums of all fills, ours and others', of funding, and of what else was found. Money is exact.

    `positions` and `cash` follow from these alone; `adopted` (by instrument) and `transfers` (by asset) are
    what the venue holds beyond them. `fills` are the latest, by instrument and trade id; of those at or
    before `horizon` (ms UTC) some are forgotten. `carrying` are the orders that filled since the account was
    last flat, by instrument: nothing of an earlier one is held. `told` are the mismatches that stand.

    What a linear future costs stays in the balance: of those in `linear`, `futures` are the positions.
    """

    def __init__(
        self, cash: Decimal, asset: str = "cash", kept: int = FILLS_KEPT, linear: Collection[str] = ()
    ) -> None:
        self.asset, self.cash, self._kept = asset, cash, kept
        self.futures = {name: Position(name) for name in linear}
        self.positions: dict[str, Decimal] = {}
        self.adopted: dict[str, Decimal] = {}
        self.transfers: dict[str, Decimal] = {}
        self.external: dict[str, ExternalOrderFound] = {}
        self.fills: OrderedDict[FillKey, Fill] = OrderedDict()
        self.carrying: dict[str, dict[str, None]] = {}
        self.horizon, self.latest = -1, 0
        self._funded: dict[str, int] = {}
        self.told: dict[str, None] = {}
        self._folds: dict[type[Event], Callable[[Any], None]] = {
            OrderFilled: lambda event: self._fill(event.fill),
            ExternalFillFound: lambda event: self._fill(event.fill),
            ExternalPositionFound: self._adopt,
            ExternalCashFound: self._transfer,
            ExternalOrderFound: self._found,
            ExternalOrderEnded: self._ended,
            FundingSettled: self._fund,
            MismatchFound: self._mismatch,
            AccountReconciled: self._reconciled,
        }

    def take(self, event: Event) -> None:
        """Fold an event; one that was taken before changes nothing."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(event)

    def settle(self, event: Event) -> bool:
        """Take in what the venue did by itself; False for funding that was counted before."""
        if isinstance(event, FundingSettled) and self.is_funded(event.instrument, event.at):
            return False
        self.take(event)
        return True

    def held(self) -> dict[str, Decimal]:
        """Net base quantity by instrument that the venue should show."""
        names = self.positions.keys() | self.adopted.keys()
        return {name: self.positions.get(name, ZERO) + self.adopted.get(name, ZERO) for name in names}

    def owned(self) -> dict[str, Decimal]:
        """What the venue should show of each asset."""
        owned = dict(self.transfers)
        costs = sum((held.cost for held in self.futures.values()), ZERO)
        owned[self.asset] = self.cash + costs + owned.get(self.asset, ZERO)
        return owned

    def _fill(self, fill: Fill) -> None:
        key = key_of(fill)
        if key in self.fills:
            return
        self.fills[key] = fill
        self.latest = max(self.latest, fill.ts)
        if len(self.fills) > self._kept:
            _, oldest = self.fills.popitem(last=False)
            self.horizon = max(self.horizon, oldest.ts)
        change = fill.change
        self.positions[fill.instrument] = self.positions.get(fill.instrument, ZERO) + change
        if self.positions[fill.instrument] + self.adopted.get(fill.instrument, ZERO):
            self.carrying.setdefault(fill.instrument, {})[fill.order_id] = None
        else:
            self.carrying.pop(fill.instrument, None)
        self.cash -= change * fill.price + fill.fee
        if fill.instrument in self.futures:
            self.futures[fill.instrument] = self.futures[fill.instrument].apply(fill)

    def is_funded(self, instrument: str, at: int) -> bool:
        """Whether the settlement at this time (ms UTC) has been counted."""
        return at <= self._funded.get(instrument, -1)

    def _fund(self, event: FundingSettled) -> None:
        if not self.is_funded(event.instrument, event.at):
            self._funded[event.instrument] = event.at
            self.cash += event.amount

    def _adopt(self, event: ExternalPositionFound) -> None:
        self.adopted[event.instrument] = event.quantity

    def _transfer(self, event: ExternalCashFound) -> None:
        self.transfers[event.asset] = event.amount

    def _found(self, event: ExternalOrderFound) -> None:
        self.external[event.order_id] = event

    def _ended(self, event: ExternalOrderEnded) -> None:
        self.external.pop(event.order_id, None)

    def _mismatch(self, event: MismatchFound) -> None:
        self.told[str(mismatch_of(event))] = None

    def _reconciled(self, event: AccountReconciled) -> None:
        self.told = dict.fromkeys(event.standing)


def key_of(fill: Fill) -> FillKey:
    """A trade id is unique per instrument only."""
    return fill.instrument, fill.id


def mismatch_of(event: MismatchFound) -> Mismatch:
    return Mismatch(event.kind, event.about, event.instrument, event.here, event.there, event.severity)
