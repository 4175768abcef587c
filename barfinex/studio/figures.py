"""Numbers and times as a trader reads them: grouped, and with no more digits than mean something."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

Number = Decimal | float | int

GREEN, RED, QUIET, ACCENT, WARN = "green", "red", "bright_black", "cyan", "yellow"


def price(value: Number | None) -> str:
    """A price in quote units, its decimals by its size."""
    if value is None:
        return "–"
    size = abs(float(value))
    decimals = 2 if size >= 1_000 else 3 if size >= 100 else 4 if size >= 1 else 6
    return f"{value:,.{decimals}f}"


def quantity(value: Number) -> str:
    """A quantity in base units without trailing zeros."""
    text = f"{value:,.8f}"
    return text.rstrip("0").rstrip(".")


def money(value: Number) -> str:
    return f"{value:,.2f}"


def gain(value: Number) -> str:
    """Money with its sign."""
    return f"{value:+,.2f}"


def percent(value: Number, decimals: int = 2) -> str:
    """A fraction as per cent."""
    return f"{float(value) * 100:.{decimals}f} %"


def tone(value: Number) -> str:
    """The colour of a result."""
    return GREEN if value > 0 else RED if value < 0 else QUIET


def at_second(ms: int) -> str:
    """UTC time of day."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S}"


def at_milli(ms: int) -> str:
    return f"{at_second(ms)}.{ms % 1000:03d}"


def on_day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def span(ms: int) -> str:
    """A duration in its two largest units: 12 s, 3 m 05 s, 2 h 07 m, 4 d 3 h."""
    seconds = max(0, ms) // 1000
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60} m {seconds % 60:02d} s"
    if seconds < 86_400:
        return f"{seconds // 3_600} h {seconds % 3_600 // 60:02d} m"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3_600} h"


def printable(text: str) -> str:
    """A text from outside on one line, without anything that a terminal would obey."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def words(code: str) -> str:
    """A machine code as words: reward_risk_low -> reward risk low."""
    return code.replace("_", " ").replace("-", " ").lower()
