"""What a gate was worth: the results, in the shadow, of what it stopped."""

from __future__ import annotations

from math import isfinite

from msgspec.structs import replace

from barfinex.advisor.learning.evalues import Band
from barfinex.domain.value import Value

R_LEAST, R_MOST = -3.0, 6.0
"""A confidence sequence needs bounded numbers: beyond these an outcome counts as the bound."""
WHOLE = 1.0 - 1e-9
"""Sums of shares may be a hair off."""


class Stopped(Value, frozen=True):
    """Running sums over what one gate stopped: `refused` signals, of which `settled` have their outcome;
    `missed` and `avoided` are the R of those that would have won and lost, both at least 0. `begun_r` and
    `begun` are the weighted R and the uniqueness of outcomes that have not entered the `band` yet."""

    refused: int = 0
    settled: int = 0
    missed: float = 0.0
    avoided: float = 0.0
    band: Band = Band(R_LEAST, R_MOST)
    begun_r: float = 0.0
    begun: float = 0.0

    def refuse(self) -> Stopped:
        """With one more signal stopped."""
        return replace(self, refused=self.refused + 1)

    def settle(self, r: float, weight: float = 1.0) -> Stopped:
        """With the outcome of one of them, in R, finite, and its uniqueness in [0, 1].

        Outcomes that overlap tell parts of one story, and the band takes each for a story of its own: their
        weighted mean enters it once their uniqueness adds up to one.
        """
        begun_r, begun, band = self.begun_r + weight * r, self.begun + weight, self.band
        if begun >= WHOLE:
            begun_r, begun, band = 0.0, 0.0, band.after(begun_r / begun)
        return replace(
            self,
            settled=self.settled + 1,
            missed=self.missed + max(r, 0.0),
            avoided=self.avoided + max(-r, 0.0),
            band=band,
            begun_r=begun_r,
            begun=begun,
        )


class GateValue(Value, frozen=True):
    """`mean_r` of what was stopped, None before an outcome; with a probability of 95 %, however often it is
    read, its mean by uniqueness (clipped to [-3, 6] R) lies inside [`lower`, `upper`]. `r_saved` = -sum =
    `avoided` - `missed`: above zero the gate is worth having. `proven` says that the whole interval agrees
    with it."""

    name: str
    refused: int
    settled: int
    mean_r: float | None
    r_saved: float
    missed: float
    avoided: float
    lower: float
    upper: float
    proven: bool


def gate_value(name: str, stopped: Stopped) -> GateValue:
    """The sums as a verdict."""
    settled, saved = stopped.settled, stopped.avoided - stopped.missed
    lower, upper = stopped.band.interval
    return GateValue(
        name,
        stopped.refused,
        settled,
        -saved / settled if settled else None,
        saved,
        stopped.missed,
        stopped.avoided,
        lower,
        upper,
        upper < 0.0 if saved > 0.0 else lower > 0.0,
    )


def number(raw: object) -> float | None:
    """What an event says as a number: "0.42" is one, "a stop" and "nan" are none."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    try:
        found = float(raw)
    except (ValueError, OverflowError):
        return None
    return found if isfinite(found) else None


def margin(value: float | None, limit: float | None) -> float | None:
    """(value - limit) / |limit|: how far from the limit, below zero under it; the plain difference when the
    limit is zero; None when either is no number."""
    if value is None or limit is None:
        return None
    found = (value - limit) / (abs(limit) or 1.0)
    return found if isfinite(found) else None
