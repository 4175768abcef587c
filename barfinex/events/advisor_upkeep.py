"""What the Advisor publishes once a day of the market: allocation, efficiency, probation, its own health."""

from __future__ import annotations

from typing import ClassVar

from barfinex.events.base import Event

Terms = tuple[tuple[str, float], ...]
"""(name, figure) pairs."""


class _Daily(Event):
    publisher: ClassVar[str] = "advisor"

    @property
    def subject(self) -> str:
        return ""


class AllocationRecommended(_Daily):
    """Shares of the risk by strategy, summing to 1; `shrinkage` of the covariance in [0, 1]; `turnover`
    against the shares before. A recommendation: nobody follows it by itself."""

    numbers_of = staticmethod(lambda event: [event.shrinkage, event.turnover, *[w for _, w in event.weights]])
    weights: Terms
    method: str
    shrinkage: float
    turnover: float
    constraints: tuple[str, ...]


class EfficiencyReported(_Daily):
    """What the capital earned: R per hour in which the whole equity is at work, the hours it was over those
    there were, realised over expected R, and what each code of refusal saved (+) or lost (-) in R."""

    numbers_of = staticmethod(
        lambda event: [
            event.r_per_hour,
            event.utilisation,
            event.ev_capture,
            *[saved for _, saved in event.gates],
        ]
    )
    r_per_hour: float
    utilisation: float
    ev_capture: float | None
    gates: Terms


class ProbationChanged(_Daily):
    """A strategy's results speak against it (or no more): the evidence, its mean R, and the cap on its
    size."""

    strategy: str
    on: bool
    e_value: float
    mean_r: float
    cap: float


class HealthReported(_Daily):
    """How the Advisor is: decisions so far, labels that wait, the age of its model in ms, breaker states."""

    decisions: int
    approved: int
    waiting: int
    dropped: int
    model_age_ms: int
    breakers: tuple[tuple[str, str], ...]
