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
    notional_max: Decimal,
    advised: float | None = None,
) -> Decimal:
    """Base units, rounded down to the lot; zero when a fact is missing, which the quantity policy refuses.

    By risk, equity x risk_per_trade / (price x stop): the quantity whose stop loses that part of equity
    (fixed fractional sizing; R. Vince, Portfolio Management Formulas, 1990), and never worth more than
    `notional_max` (quote units): a tight stop asks for less risk, not for a refusal. As advised, by the
    lesser of risk_per_trade and `advised`, a fraction of equity; without an advice there is no size.
    """
    if config.method == "units":
        return lot_down(config.units, lot)
    if bracket is None or price is None or equity is None or price <= 0:
        return ZERO
    risk = config.risk_per_trade
    if config.method == "advised":
        risk = min(risk, ZERO if advised is None else exact(advised))
    by_risk = equity * risk / (price * exact(bracket.stop))
    return lot_down(min(by_risk, notional_max / price), lot or FINEST_LOT)
