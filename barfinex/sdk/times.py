"""What the clock says when a candle closes: hours, weekdays and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from barfinex.domain.candles import Ints
from barfinex.domain.errors import BadInput
from barfinex.sdk.expressions import Array, Column, Expr, Op, number

DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday.

closes_at = Expr(Column("closes_at"))
"""When a candle closes, ms UTC."""


def _hour(at: Array) -> Array:
    hours: Array = at % DAY_MS / HOUR_MS
    return hours


def _weekday(at: Array) -> Array:
    days: Array = ((at - 1) // DAY_MS + EPOCH_WEEKDAY) % 7 + 0.0
    return days


hour = number(_hour, closes_at)
"""Hour of the day (UTC) at which a candle closes, with its fraction: 13.5 is half past one."""
weekday = number(_weekday, closes_at)
"""Day of the week (UTC) in which a candle lies: 0 is Monday, 6 is Sunday."""


@lru_cache(maxsize=65_536)
def _offset_ms(zone: str, hour_of: int) -> int:
    """How far a zone's clock is ahead of UTC in an hour since 1970."""
    told = datetime.fromtimestamp(hour_of * 3_600, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert told is not None, "a zone has an offset at any time"
    return round(told.total_seconds() * 1_000)


@dataclass(frozen=True, slots=True)
class Session(Op):
    """Whether a candle lies inside the hours from `begin` to `end`, ms of the zone's day; `end` may be the
    next day's. Offsets are looked up by the hour."""

    begin: int
    end: int
    zone: str
    days: tuple[int, ...]

    @property
    def is_truth(self) -> bool:
        return True

    def step(self, state: Any, *inputs: Array) -> tuple[Any, Array]:
        inside_ms: Ints = inputs[0] - 1  # A candle that closes when the session ends lies in it.
        hours, place = np.unique(inside_ms // HOUR_MS, return_inverse=True)
        local = inside_ms + np.array([_offset_ms(self.zone, int(one)) for one in hours])[place]
        of_day, day = local % DAY_MS, (local // DAY_MS + EPOCH_WEEKDAY) % 7
        overnight = self.end <= self.begin
        early = (of_day < self.end) & overnight
        inside = early | ((of_day >= self.begin) & (overnight | (of_day < self.end)))
        begun = np.where(early, (day - 1) % 7, day)  # What is past midnight belongs to the day before.
        return state, inside & np.isin(begun, self.days)


def session(begin: str, end: str, zone: str = "UTC", days: str = "mon-sun") -> Expr:
    """True for candles that lie inside a session: `session("09:30", "16:00", "America/New_York", "mon-fri")`.

    A session may pass midnight; it then belongs to the day on which it begins.

    Raises:
        BadInput: no such time, zone or days.
    """
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        remedy = 'Give one such as "Europe/Berlin" or "UTC".'
        raise BadInput(f"session zone {zone!r}", "is no time zone", remedy) from error
    return Expr(Session(_of_day(begin), _of_day(end), zone, _days(days)), (closes_at,))


def _of_day(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and int(minutes) < 60):
        raise BadInput(f"session time {text!r}", "is no time of the day", 'Write "09:30".')
    at = int(hours) * HOUR_MS + int(minutes) * MINUTE_MS
    if at > DAY_MS:
        raise BadInput(f"session time {text!r}", "is past the day's end", 'Write "00:00" to "24:00".')
    return at


def _days(text: str) -> tuple[int, ...]:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    found: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = (one.strip() for one in part.partition("-"))
        if first not in names or (last or first) not in names:
            raise BadInput(f"session days {text!r}", "are no days", 'Write "mon-fri" or "sat,sun".')
        start, stop = names.index(first), names.index(last or first)
        found.update((start + step) % 7 for step in range((stop - start) % 7 + 1))
    return tuple(sorted(found))
