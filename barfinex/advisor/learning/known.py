"""What is known of a strategy when one of its signals is decided."""

from __future__ import annotations

from barfinex.advisor.calibration.conformal import Interval
from barfinex.advisor.learning.ladder import Ladder, Phase
from barfinex.domain.value import Value


class Known(Value, frozen=True):
    """What is known of a strategy: its ladder, its rates (prior, base, within the regime), the effective and
    the plain number of its labels, whether its probabilities are under a drift alarm, what is missed of the
    net R expected, nine times out of ten (None: anything), and what a model on trial says, for which the
    ladder then has a rung."""

    ladder: Ladder
    prior: float
    base: float
    regime: float
    n_eff: float
    labels: int
    alarmed: bool
    misses: Interval | None = None
    tried: float | None = None

    @property
    def phase(self) -> Phase:
        return Phase.of(self.n_eff)
