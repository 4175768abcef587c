"""Whether a number as written is a number as known: half a unit of its last stated place, and no vaguer."""

from __future__ import annotations

import re
from decimal import Decimal

FIGURES_MIN = 3
LENGTH_MAX = 40
_NUMBER = re.compile(r"-?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|0|[1-9][0-9]*)(?:\.[0-9]+)?")


def number(text: str) -> Decimal | None:
    """The number in `-1,234.50` or `0.7`; None for anything else, signs of plus, exponents and units too."""
    if len(text) > LENGTH_MAX or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text.replace(",", ""))


def figures(text: str) -> int:
    """Significant figures as written; the zeros at the end of an integer count."""
    return len(_digits(text).replace(".", "").lstrip("0"))


def agrees(text: str, actual: Decimal) -> bool:
    """Whether `actual` may be rounded to the number written.

    An integer's zeros at the end may come of rounding, down to three figures: 12300 stands for 12345.
    """
    digits = _digits(text)
    whole, _, places = digits.partition(".")
    zeros = 0 if places else len(whole) - len(whole.rstrip("0"))
    power = min(zeros, max(0, len(whole) - FIGURES_MIN)) - len(places)
    stated = number(text)
    return stated is not None and abs(stated - actual) <= Decimal(5).scaleb(power - 1)


def precise(text: str, actual: Decimal) -> bool:
    """Three figures or more, or exact."""
    return figures(text) >= FIGURES_MIN or number(text) == actual


def _digits(text: str) -> str:
    return text.lstrip("-").replace(",", "")
