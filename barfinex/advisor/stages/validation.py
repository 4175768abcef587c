"""Stage 7: is it worth its costs, and can it be executed?"""

from __future__ import annotations

from typing import ClassVar

from barfinex.advisor.codes import Code
from barfinex.advisor.stages.synthesis import Synthesis
from barfinex.advisor.trace import Decline, Objection, Step, judged
from barfinex.config import AdvisorConfig
from barfinex.domain.value import Value
from barfinex.events.advisor import ExecutionValidated

BPS = 10_000.0


class Costs(Value, frozen=True):
    """The venue's terms: `fee` is a fraction of notional, paid like the slippage on the way in and out. It is
    the taker's: entries, stops, targets and exits all take the price that is there."""

    fee: float
    spread_bps: float
    slippage_bps: float

    def round_trip(self, spread_bps: float) -> float:
        """Entry and exit together, a fraction of the entry price: half the spread is paid on either side."""
        return 2.0 * self.fee + (spread_bps + 2.0 * self.slippage_bps) / BPS


class Validation(Step, frozen=True):
    """`reward_risk` is gross, None without a target; `cost_r` and `expected_r` are in units of the risk (R),
    zero when there is no stop and so no such unit."""

    stage: ClassVar[str] = "validation"
    synthesis: Synthesis
    reward_risk: float | None
    cost_r: float
    expected_r: float

    def event(self) -> ExecutionValidated:
        case = self.case
        return ExecutionValidated(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            spread_bps=self.synthesis.calibration.conviction.evidence.quality.context.spread_bps,
            reward_risk=self.reward_risk,
            cost_r=self.cost_r,
            expected_r=self.expected_r,
        )


def validate_execution(
    synthesis: Synthesis, config: AdvisorConfig, costs: Costs, carry: float = 0.0
) -> Validation | Decline[Validation]:
    """Check conviction, spread and reward against risk. `carry` is what holding is expected to cost, a
    fraction of the entry price.

    The expected value, p * RR - (1 - p) - cost, is recorded and gates nothing yet: before the calibration has
    earned trust it would only repeat the base rate. Without a target a win is counted as one R.
    """
    conviction = synthesis.conviction
    spread_bps = synthesis.calibration.conviction.evidence.quality.context.spread_bps
    bracket = synthesis.case.signal.bracket
    objections = []
    reward_risk, cost_r, expected_r = None, 0.0, 0.0
    if bracket is None:
        objections.append(Objection(Code.BRACKET_MISSING, None, "a stop"))
    else:
        reward_risk = bracket.reward_risk
        cost_r = (costs.round_trip(spread_bps) + carry) / bracket.stop
        won_r = 1.0 if reward_risk is None else reward_risk
        expected_r = conviction * won_r - (1.0 - conviction) - cost_r
    if not conviction >= config.conviction_min:
        objections.append(Objection(Code.CONVICTION_TOO_LOW, conviction, config.conviction_min))
    if not spread_bps <= config.spread_bps_max:
        objections.append(Objection(Code.SPREAD_TOO_WIDE, spread_bps, config.spread_bps_max))
    if reward_risk is not None and not reward_risk >= config.reward_risk_min:
        objections.append(Objection(Code.REWARD_RISK_TOO_LOW, reward_risk, config.reward_risk_min))
    return judged(Validation(synthesis.case, synthesis, reward_risk, cost_r, expected_r), objections)
