"""What the Advisor wants done. Not an order: it has no quantity, which only the Inspector decides."""

from __future__ import annotations

from barfinex.domain.conviction import Conviction
from barfinex.domain.signal import Bracket, Direction, SignalKind
from barfinex.domain.value import Value


class ExecutionIntent(Value, frozen=True, omit_defaults=True):
    """`direction` is the position's; an EXIT ends position `trade_id`, and `reason` says why (the id of its
    signal's first condition). `price` is the reference in quote units. `size` is the part of equity that the
    Advisor would risk at the stop; a recommendation."""

    id: str
    signal_id: str
    trade_id: str
    strategy: str
    instrument: str
    kind: SignalKind
    direction: Direction
    price: float
    bracket: Bracket | None
    conviction: Conviction | None
    expires_at: int
    reason: str = ""
    size: float | None = None
