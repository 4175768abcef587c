"""Stretches of time in which something is not done: daily, weekly, or once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from barfinex.domain.errors import BadInput

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"(?:([a-z]{3}) )?(\d\d):(\d\d)-(?:([a-z]{3}) )?(\d\d):(\d\d)")
_MONDAY_MS = 4 * DAY_MS  # 1970-01-05, the first Monday of the epoch
_REMEDY = "Write 23:55-00:05, Fri 21:00-Sun 22:00, or 2026-01-28T18:45/2026-01-28T19:30; all UTC."


class Window(NamedTuple):
    """From `start` to `end`, both ms UTC, the end not included; again every `period` ms, 0 for once."""

    text: str
    start: int
    end: int
    period: int

    def holds(self, now: int) -> bool:
        if not self.period:
            return self.start <= now < self.end
        return (now - self.start) % self.period < self.end - self.start


def window(text: str) -> Window:
    """Read a window.

    Raises:
        BadInput: the text is none of the three forms, or the window is empty.
    """
    start, end, period = _once(text) if "/" in text else _again(text)
    if not start < end <= start + (period or end - start):
        raise BadInput(f"window {text!r}", "is empty or longer than its period", _REMEDY)
    return Window(text, start, end, period)


def week_of(now: int) -> int:
    """The number of the week, Monday to Sunday, UTC."""
    return (now - _MONDAY_MS) // WEEK_MS


def _once(text: str) -> tuple[int, int, int]:
    try:
        start, end = (datetime.fromisoformat(part).replace(tzinfo=UTC) for part in text.split("/"))
    except ValueError as error:
        raise BadInput(f"window {text!r}", f"is no stretch of time ({error})", _REMEDY) from error
    return int(start.timestamp() * 1_000), int(end.timestamp() * 1_000), 0


def _again(text: str) -> tuple[int, int, int]:
    found = _CLOCK.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput(f"window {text!r}", "is no stretch of time", _REMEDY)
    day, hour, minute, day_end, hour_end, minute_end = found.groups()
    weekly = day is not None
    if (
        (day is not None and day not in _DAYS)
        or (day_end is not None and day_end not in _DAYS)
        or (day_end is not None and not weekly)
    ):
        raise BadInput(f"window {text!r}", "names a day that is none", _REMEDY)
    base = _MONDAY_MS + DAY_MS * (_DAYS.index(day) if day is not None else 0)
    last = _MONDAY_MS + DAY_MS * _DAYS.index(day_end) if day_end is not None else base
    start, end = base + _clock(hour, minute, text), last + _clock(hour_end, minute_end, text)
    period = WEEK_MS if weekly else DAY_MS
    if end <= start:
        end += DAY_MS if day_end is None else period
    return start, end, period


def _clock(hour: str, minute: str, text: str) -> int:
    at = int(hour) * 60 + int(minute)
    if int(minute) > 59 or at > 24 * 60:
        raise BadInput(f"window {text!r}", "has a time of day that is none", _REMEDY)
    return at * 60_000
