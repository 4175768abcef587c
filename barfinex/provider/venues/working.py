"""An order inside the matching engine, and the candle that it meets."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from barfinex.domain.money import ZERO
from barfinex.domain.order import OrderRequest, OrderType, Side

_LIMITS = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_PATIENT = (OrderType.LIMIT, OrderType.TAKE_PROFIT)


@dataclass(slots=True, eq=False)
class Working:
    """An order at the venue. It arrives at `arrives` (ms UTC); `type` changes once its trigger is met.

    `level` is the price that touches it, and `falls_to` whether the price must fall to that level: buy
    limits, buy take-profits and sell stops.
    """

    request: OrderRequest
    arrives: int
    filled: Decimal = ZERO
    fills: int = 0
    type: OrderType = field(init=False)
    level: float = field(init=False)
    falls_to: bool = field(init=False)

    def __post_init__(self) -> None:
        self._turn(self.request.type)
        if self.filled:
            self.release()

    @property
    def remaining(self) -> Decimal:
        return self.request.quantity - self.filled

    @property
    def buys(self) -> bool:
        return self.request.side is Side.BUY

    @property
    def is_patient(self) -> bool:
        """Whether it waits for a better price, and not for a worse one."""
        return self.type in _PATIENT

    def release(self) -> None:
        """The trigger is met: go on as the limit or market order that it released."""
        self._turn(OrderType.LIMIT if self.type in _LIMITS else OrderType.MARKET)

    def _turn(self, type_: OrderType) -> None:
        self.type = type_
        price = self.request.price if type_ is OrderType.LIMIT else self.request.trigger
        self.level = 0.0 if price is None else float(price)
        self.falls_to = self.buys == self.is_patient


@dataclass(slots=True)
class Prices:
    """One candle as plain numbers; `step_ms` is 0 for a tick, `room` what may still fill (None: no bound)."""

    ts: int
    step_ms: int
    open: float
    high: float
    low: float
    close: float
    room: Decimal | None
