"""What a gate was worth: the results, in the shadow, of what it stopped."""

from __future__ import annotations

from math import isfinite

from msgspec.structs import replace

from barfinex.advisor.learning.evalues import Band
from barfinex.domain.value import Value

R_LEAST, R_MOST = -3.0, 6.0
"""A confidence sequence needs bounded numbers: beyond these an outcome counts as the bound."""


class Stopped(Value, frozen=True):
    """Running sums over what one gate stopped: `refused` signals, of which those of `band.count` have their
    outcome; `missed` and `avoided` are the R of those that would have won and lost, both at least 0."""

    refused: int = 0
    missed: float = 0.0
    avoided: float = 0.0
    band: Band = Band(R_LEAST, R_MOST)

    def refuse(self) -> Stopped:
        """With one more signal stopped."""
        return replace(self, refused=self.refused + 1)

    def settle(self, r: float) -> Stopped:
        """With the outcome of one of them, in R, finite."""
        return replace(
            self,
            missed=self.missed + max(r, 0.0),
            avoided=self.avoided + max(-r, 0.0),
            band=self.band.after(r),
        )


class GateValue(Value, frozen=True):
    """`mean_r` of what was stopped, None before an outcome; with a probability of 95 %, however often it is
    read, its mean (clipped to [-3, 6] R) lies inside [`lower`, `upper`]. `r_saved` = -sum = `avoided` -
    `missed`: above zero the gate is worth having. `proven` says that the whole interval agrees with it."""

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
    settled, saved = stopped.band.count, stopped.avoided - stopped.missed
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
