"""The features of one decision, and the moment from which all of them were known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite, nan
from typing import NamedTuple

from barfinex.advisor.features.table import NAMES, SIGNED
from barfinex.domain.signal import Direction
from barfinex.domain.value import Value


class Reading(NamedTuple):
    """What one source tells: features by name, None where one is missing, known from `known_at` (ms UTC)."""

    values: Mapping[str, float | None]
    known_at: int


class Features(Value, frozen=True):
    """`values` in the order of `table.NAMES`, finite, 0 for each that is `missing`; `known_at` (ms UTC) is
    when the last of them was known, `newest` its name.

    Raises:
        ValueError: not as many values as names, a value that is not finite, or a missing one that is not 0.
    """

    values: tuple[float, ...]
    missing: tuple[str, ...]
    known_at: int
    newest: str

    def __post_init__(self) -> None:
        if len(self.values) != len(NAMES):
            raise ValueError(f"{len(self.values)} values for {len(NAMES)} features: give one each")
        if not all(map(isfinite, self.values)):
            name, value = next(one for one in zip(NAMES, self.values, strict=True) if not isfinite(one[1]))
            raise ValueError(f"feature {name} is {value}: name it as missing and give 0")
        for name in self.missing:
            if self.values[_PLACES[name]] != 0.0:
                raise ValueError(f"feature {name} is missing and yet {self.values[_PLACES[name]]}: give 0")

    @classmethod
    def of(cls, direction: Direction, readings: Iterable[Reading]) -> Features:
        """What the sources tell, signed features turned so that + speaks for the signal.

        What no source tells, or tells as a number that is not finite, is missing.

        Raises:
            ValueError: a name that is no feature's, or that two sources tell.
        """
        found: dict[str, float] = {}
        told: set[str] = set()
        known_at, newest = 0, ""
        for reading in readings:
            for name, value in reading.values.items():
                if name not in _PLACES or name in told:
                    reason = "told twice" if name in told else "no feature"
                    raise ValueError(f"{name} is {reason}: see features/table.py for who tells what")
                told.add(name)
                if value is None or not isfinite(value):
                    continue
                found[name] = value * direction.sign if name in SIGNED else value
                if not newest or reading.known_at > known_at:
                    known_at, newest = reading.known_at, name
        values = tuple(found.get(name, 0.0) for name in NAMES)
        return cls(values, tuple(name for name in NAMES if name not in found), known_at, newest)

    def row(self) -> list[float]:
        """Raw values for a model; NaN where missing."""
        absent = set(self.missing)
        return [nan if name in absent else value for name, value in zip(NAMES, self.values, strict=True)]

    def get(self, name: str) -> float | None:
        """One feature; None when it is missing.

        Raises:
            KeyError: it is none.
        """
        place = _PLACES[name]
        return None if name in self.missing else self.values[place]


_PLACES = {name: place for place, name in enumerate(NAMES)}
