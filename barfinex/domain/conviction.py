"""The Advisor's confidence, as a probability of a net-of-cost win. Direction is kept apart."""

from __future__ import annotations

from barfinex.domain.value import Value


class Conviction(Value, frozen=True):
    """`raw` and `calibrated` in [0, 1]; `labels` is how many outcomes they rest on."""

    raw: float
    calibrated: float
    labels: int

    def __post_init__(self) -> None:
        for name, value in (("raw", self.raw), ("calibrated", self.calibrated)):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} conviction {value} is not inside [0, 1]")
