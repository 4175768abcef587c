"""Order book and trades of each candle, as the Provider measures them while it forms; NaN where nobody did.

They exist live and on the simulated market. Files have none, so a condition on them is false in a backtest.
"""

from __future__ import annotations

from barfinex.domain.flow import BookFlow, TapeFlow
from barfinex.sdk.expressions import Column, Expr

PREFIX = "flow."
FIELDS = {*BookFlow.__struct_fields__, *TapeFlow.__struct_fields__}


def _field(name: str) -> Expr:
    assert name in FIELDS, "the Provider measures it"
    return Expr(Column(PREFIX + name))


spread_bps = _field("spread_bps")
"""Mean spread over the candle, in basis points of the price."""
microprice = _field("microprice")
"""Last microprice: each side's best price weighed by the other side's quantity, in quote units."""
imbalance_1 = _field("imbalance_1")
"""Bids less asks over both at the best price, mean over the candle, in [-1, 1]."""
imbalance_5 = _field("imbalance_5")
"""The same over the best five levels."""
imbalance_10 = _field("imbalance_10")
"""The same over the best ten levels."""
depth_10 = _field("depth_10")
"""Quote value of the best ten levels of the thinner side."""
depletion = _field("depletion")
"""Share of the best ten levels that was taken while prices stood."""
replenishment = _field("replenishment")
"""Share of what was taken that came back."""
signed_volume = _field("signed_volume")
"""What takers bought less what they sold, in base units."""
cvd = _field("cvd")
"""Signed volume since 0:00 UTC, in base units."""
per_second = _field("per_second")
"""Trades a second."""
burst = _field("burst")
"""Trades of the busiest second over those of the average one."""
