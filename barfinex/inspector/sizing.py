"""How much: the one place where a quantity is decided."""

from __future__ import annotations

from decimal import Decimal

from barfinex.config import SizingConfig
from barfinex.domain.money import ZERO, exact, lot_down
from barfinex.domain.signal import Bracket

FINEST_LOT = Decimal("0.00000001")


def size(
    config: SizingConfig,
    bracket: Bracket | None,
    price: Decimal | None,
    equity: Decimal | None,
    lot: Decimal | None,
) -> Decimal:
    """Base units, rounded down to the lot; zero when a fact is missing, which the quantity policy refuses.

    By risk, equity x risk_per_trade / (price x stop): the quantity whose stop loses that part of equity
    (fixed fractional sizing; R. Vince, Portfolio Management Formulas, 1990).
    """
    if config.method == "units":
        return lot_down(config.units, lot)
    if bracket is None or price is None or equity is None or price <= 0:
        return ZERO
    return lot_down(equity * config.risk_per_trade / (price * exact(bracket.stop)), lot or FINEST_LOT)
