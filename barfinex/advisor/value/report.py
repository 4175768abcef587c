"""What deciding was worth, in one piece: gates, stages, the value chain, capital and strategies."""

from __future__ import annotations

from barfinex.advisor.value.efficiency import Capital, Efficiency
from barfinex.advisor.value.gates import GateValue
from barfinex.advisor.value.ledger import Ledger
from barfinex.advisor.value.outcome import Chain, Worth
from barfinex.advisor.value.probation import Probation
from barfinex.domain.value import Value


class Trial(Value, frozen=True):
    """How a strategy stands: `e_value` is the evidence for a change of that."""

    strategy: str
    on_probation: bool
    e_value: float
    expected_r: float
    labels: int
    cap: float


class ValueReport(Value, frozen=True):
    """Plain data throughout: `msgspec.to_builtins` gives what JSON can hold, without NaN or infinity."""

    codes: tuple[GateValue, ...]
    stages: tuple[GateValue, ...]
    stopped: GateValue
    worth: Worth
    efficiency: Efficiency
    strategies: tuple[Trial, ...]


def report(ledger: Ledger, chain: Chain, capital: Capital, probation: Probation, hours: float) -> ValueReport:
    """The state of the four, `hours` after the first of them began.

    Raises:
        ValueError: `hours` is not finite.
    """
    stopped = ledger.overall()
    return ValueReport(
        ledger.by_code(),
        ledger.by_stage(),
        stopped,
        chain.worth(),
        capital.efficiency(hours, -stopped.r_saved),
        tuple(
            Trial(name, one.on_probation, one.wager.value, one.expected_r, one.labels, one.cap)
            for name, one in probation.standings()
        ),
    )
