"""Linear futures: what a position must have behind it, and the price at which that is used up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Linear:
    """The terms of a linear future: quoted and settled in the quote asset, one base unit a contract.

    A position puts up 1 / `leverage` of its entry value, and is closed by the venue when what is left of that
    is worth less than `maintenance_rate` of its value.
    """

    leverage: Decimal = Decimal(1)
    maintenance_rate: Decimal = Decimal("0.005")

    def initial(self, notional: Decimal) -> Decimal:
        """What a position of this entry value (quote units, any sign) puts up."""
        return abs(notional) / self.leverage

    def liquidation(self, quantity: Decimal, cost: Decimal, funding: Decimal) -> Decimal | None:
        """The price at which a position is closed; None when there is none above zero.

        `quantity` signed in base units, `cost` its signed entry value, `funding` what it was paid (or, below
        zero, has paid) since it began. From margin + quantity x p - cost = rate x |quantity| x p.
        """
        if not quantity:
            return None
        worth = quantity - self.maintenance_rate * abs(quantity)
        if not worth:
            return None
        price = (cost - self.initial(cost) - funding) / worth
        return price if price > 0 else None
