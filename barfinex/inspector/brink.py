"""How near the account is to its loss limits, open profit and loss included."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from barfinex.config import InspectorConfig
from barfinex.domain.calendar import DAY_MS, week_of
from barfinex.domain.money import ZERO
from barfinex.domain.trading import Cause
from barfinex.inspector.account import Account

THURSDAY = 3  # Of 1970-01-01, the day that days are counted from; a week begins with day 0.


class Measure(NamedTuple):
    """A loss as a fraction, None when it is not known, beside its limit; `near` restricts before it, `past`
    at it. `until` (ms UTC) is when it begins anew by itself, with the next `spell`; None when it does not."""

    near: Cause
    past: Cause
    limit_name: str
    value: Decimal | None
    limit: Decimal
    until: int | None = None
    spell: str = ""

    def words(self) -> str:
        """What is lost, what the limit is, and what ends it."""
        name = self.limit_name.removesuffix("_max").replace("_", " ")
        lost = "is not known" if self.value is None else f"{self.value:.2%}"
        ends = "equity recovers" if self.until is None else f"the UTC {self.spell} ends"
        most = f"{self.limit:.2%}; it lasts until {ends} or {self.limit_name} is loosened"
        return f"{name} {lost} of at most {most}"


def is_far(account: Account, limits: InspectorConfig, now: int, part: Decimal) -> bool:
    """Whether no measure can have come to this part of its limit: the quick look, made at every fill."""
    equity, counters, result = account.equity, account.counters, account.realised_on(now)
    if equity is None or equity < account.peak * (1 - limits.drawdown_max * part):
        return False
    day, week = counters.day_equity, counters.week_equity
    if day is not None and equity < day * (1 - limits.daily_fall_max * part):
        return False
    if week is not None and equity < week * (1 - limits.weekly_fall_max * part):
        return False
    return result >= 0 or -result <= limits.daily_loss_max * part * (equity - result)


def measures(account: Account, limits: InspectorConfig, now: int) -> tuple[Measure, ...]:
    """The drawdown from the peak, the realised loss of the UTC day, and the fall since the day and the week
    began, as of the account's last valuation."""
    day, counters = now // DAY_MS, account.counters
    tomorrow, monday = (day + 1) * DAY_MS, (day + 7 - (day + THURSDAY) % 7) * DAY_MS
    since_day = counters.day_equity if counters.day == day else None
    since_week = counters.week_equity if counters.week == week_of(now) else None
    return (
        Measure(Cause.DRAWDOWN_NEAR, Cause.DRAWDOWN, "drawdown_max", account.drawdown(), limits.drawdown_max),
        Measure(
            Cause.DAILY_LOSS_NEAR,
            Cause.DAILY_LOSS,
            "daily_loss_max",
            _day_loss(account, now),
            limits.daily_loss_max,
            tomorrow,
            "day",
        ),
        Measure(
            Cause.DAILY_FALL_NEAR,
            Cause.DAILY_FALL,
            "daily_fall_max",
            _fall(since_day, account.equity),
            limits.daily_fall_max,
            tomorrow,
            "day",
        ),
        Measure(
            Cause.WEEKLY_FALL_NEAR,
            Cause.WEEKLY_FALL,
            "weekly_fall_max",
            _fall(since_week, account.equity),
            limits.weekly_fall_max,
            monday,
            "week",
        ),
    )


def _day_loss(account: Account, now: int) -> Decimal | None:
    """What the trades closed today have lost, as a fraction of the equity before them."""
    if account.equity is None:
        return None
    result = account.realised_on(now)
    before = account.equity - result
    return max(-result, ZERO) / before if before > 0 else None


def _fall(begun: Decimal | None, equity: Decimal | None) -> Decimal | None:
    if begun is None or equity is None or begun <= 0:
        return None
    return max(1 - equity / begun, ZERO)
