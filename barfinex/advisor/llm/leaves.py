"""One fact of the context: a value, its unit, and whether its sign has a side."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite

from barfinex.domain.value import Value, Word

PLACES, FIGURES = 12, 10
SIZE_MAX = 1e15
LABEL_LENGTH_MAX = 64


class Unit(Word):
    PRICE = "price"
    BPS = "bps"
    PCT = "pct"
    FRAC = "frac"
    Z = "z"
    COUNT = "count"
    SEC = "sec"
    RATIO = "ratio"
    USD = "usd"
    PROB = "prob"
    ENUM = "enum"
    ID = "id"
    BOOL = "bool"


class Kind(Word):
    """DIRECTIONAL: above zero speaks for long, below for short. MEASURE: a size that takes no side."""

    DIRECTIONAL = "directional"
    MEASURE = "measure"
    LABEL = "label"


LABELS = frozenset({Unit.ENUM, Unit.ID, Unit.BOOL})
POWERS = {Unit.FRAC: 0, Unit.PROB: 0, Unit.PCT: 2, Unit.BPS: 4}
"""Units of one family: a value in one is ten to the difference of powers times its value in another."""

Plain = float | int | str | bool


class Leaf(Value, frozen=True):
    """`value` is a finite number below 1e15 in size, a label without blanks, or a bool, as its unit wants.

    Raises:
        ValueError: the value is not of its unit.
    """

    value: Plain
    unit: Unit
    kind: Kind = Kind.MEASURE

    def __post_init__(self) -> None:
        if not _fits(self.value, self.unit):
            raise ValueError(
                f"leaf value {self.value!r} is no {self.unit}: give a finite number below 1e15, a label "
                f"of at most {LABEL_LENGTH_MAX} letters without blanks, or a bool, as the unit wants"
            )

    @property
    def numeric(self) -> bool:
        return self.unit not in LABELS

    @property
    def signed(self) -> bool:
        """Whether words like "positive" and "falling" say something of the value's sign."""
        return self.unit is Unit.Z or self.kind is Kind.DIRECTIONAL


def _fits(value: Plain, unit: Unit) -> bool:
    if unit is Unit.BOOL:
        return isinstance(value, bool)
    if unit in LABELS:
        return isinstance(value, str) and _is_label(value)
    return not isinstance(value, bool | str) and isfinite(value) and abs(value) < SIZE_MAX


def _is_label(value: str) -> bool:
    plain = value.isascii() and value.isprintable() and not set(value) & set(" <>{}`\"'\\")
    return plain and 0 < len(value) <= LABEL_LENGTH_MAX


def written(value: Plain) -> str:
    """The one way a value is written: ten significant figures, at most twelve places, never an exponent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    number = round(Decimal(f"{value:.{FIGURES}g}"), PLACES)
    return "0" if number == 0 else f"{number.normalize():f}"


def converted(number: Decimal, unit: Unit, wanted: Unit) -> Decimal | None:
    """The number in another unit of its family; None where there is no way."""
    if unit is wanted:
        return number
    if unit in POWERS and wanted in POWERS:
        return number.scaleb(POWERS[wanted] - POWERS[unit])
    return None
