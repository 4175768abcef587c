"""One figure of a benchmark beside its limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`id`: the benchmark's (B1 … B18); `what` with its unit; `limit` as written (`<= 0.02`, `== 0`).

    A `control` is a method known to be wrong: it has to miss the limit, or the benchmark shows nothing.
    """

    id: str
    what: str
    value: float
    limit: str
    control: bool = False

    @property
    def holds(self) -> bool:
        """Whether the value is inside the limit; NaN is not."""
        sign, bound = self.limit.split()
        limit = float(bound)
        return {
            "<=": self.value <= limit,
            ">=": self.value >= limit,
            "<": self.value < limit,
            ">": self.value > limit,
            "==": self.value == limit,
        }[sign]

    @property
    def passes(self) -> bool:
        return self.holds is not self.control
