"""How near the account is to its loss limits, open profit and loss included."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from barfinex.config import InspectorConfig
from barfinex.domain.calendar import DAY_MS
from barfinex.domain.money import ZERO
from barfinex.domain.trading import Cause
from barfinex.inspector.account import Account


class Measure(NamedTuple):
    """A loss as a fraction, None when it is not known, beside its limit; `near` restricts before it, `past`
    at it. `until` (ms UTC) is when it begins anew by itself, None when it does not."""

    near: Cause
    past: Cause
    limit_name: str
    value: Decimal | None
    limit: Decimal
    until: int | None

    def words(self) -> str:
        """What is lost, what the limit is, and what ends it."""
        name, lost = self.limit_name.removesuffix("_max").replace("_", " "), self.value or ZERO
        ends = "the UTC day ends" if self.until is not None else "equity recovers"
        most = f"{self.limit:.2%}; it lasts until {ends} or {self.limit_name} is loosened"
        return f"{name} {lost:.2%} of at most {most}"


def measures(account: Account, limits: InspectorConfig, now: int) -> tuple[Measure, ...]:
    """The drawdown from the peak and the loss of the UTC day, as of the account's last valuation."""
    tomorrow = (now // DAY_MS + 1) * DAY_MS
    return (
        Measure(
            Cause.DRAWDOWN_NEAR,
            Cause.DRAWDOWN,
            "drawdown_max",
            account.drawdown(),
            limits.drawdown_max,
            None,
        ),
        Measure(
            Cause.DAILY_LOSS_NEAR,
            Cause.DAILY_LOSS,
            "daily_loss_max",
            _day_loss(account, now),
            limits.daily_loss_max,
            tomorrow,
        ),
    )


def _day_loss(account: Account, now: int) -> Decimal | None:
    """What the trades closed today have lost, as a fraction of the equity before them."""
    if account.equity is None:
        return None
    result = account.realised_on(now)
    before = account.equity - result
    return max(-result, ZERO) / before if before > 0 else None
