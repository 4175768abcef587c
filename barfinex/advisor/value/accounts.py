"""What deciding was worth: folds decisions, refusals, trades and outcomes, and tells what it comes to."""

from __future__ import annotations

from collections import deque

import numpy as np

from barfinex.advisor.calibration.report import CalibrationReport, report_of
from barfinex.advisor.codes import Code
from barfinex.advisor.learning.labels import Label
from barfinex.advisor.regimes.states import NAMED
from barfinex.advisor.sizing.allocation import Rules, allocate
from barfinex.advisor.sizing.daily import DailyResults
from barfinex.advisor.sizing.rotation import Expectations
from barfinex.advisor.sizing.weighting import Method
from barfinex.advisor.value.efficiency import Capital
from barfinex.advisor.value.ledger import Ledger
from barfinex.advisor.value.outcome import Chain, Leg, outcome
from barfinex.advisor.value.probation import Probation
from barfinex.domain.ids import kin
from barfinex.events.advisor_learning import CalibrationReported, OutcomeAttributed
from barfinex.events.advisor_response import DecisionResponded
from barfinex.events.advisor_upkeep import AllocationRecommended, EfficiencyReported, ProbationChanged
from barfinex.events.base import Event
from barfinex.events.inspector import IntentRefused, TradeClosed

OPEN_MAX = 4_096
JUDGED_MAX = 2_000
REPORT_EVERY = 250
REPORT_MIN = 60
HOUR_MS = 3_600_000
SEED = 20
P_LEAST = 1e-6
UNADVISED = 0.001
"""What an approved decision counts for whose recommended size is none: somebody else chose one."""


class Accounts:
    """The why-not ledger, the value chain, the capital, probation, expectations by regime, and how honest the
    probabilities were."""

    def __init__(self, allocation: str = Method.INVERSE_VOLATILITY) -> None:
        self._rules = Rules(Method(allocation))
        self.ledger, self.chain, self.capital = Ledger(), Chain(), Capital()
        self.probation, self.expectations = Probation(), Expectations()
        self.decisions = self.approved = 0
        self._began = 0
        self._daily = DailyResults()
        self._weights: dict[str, float] = {}
        self._open: dict[str, DecisionResponded] = {}
        self._judged: deque[tuple[float, bool, float, int, float]] = deque(maxlen=JUDGED_MAX)
        self._labels = 0

    def decided(self, decision: DecisionResponded, at: int) -> None:
        """A decision was made at `at`, ms UTC."""
        self._began = self._began or at
        self.decisions += 1
        if decision.approved:
            self.approved += 1
            self._open[kin("trd", decision.decision_id)] = decision
            if len(self._open) > OPEN_MAX:  # Never traded, never refused: nothing will be attributed to it.
                del self._open[next(iter(self._open))]
        else:
            self.ledger.refuse(
                decision.decision_id, decision.stage, decision.code, decision.value, decision.limit
            )

    def refused(self, event: IntentRefused) -> None:
        """The Inspector said no; to an exit, too, but that stops no signal and never has an outcome."""
        decision = self._open.pop(kin("trd", event.intent_id), None)
        if decision is None:
            return
        for breach in event.breaches:
            self.ledger.refuse(decision.decision_id, "inspector", breach.code, breach.value, breach.limit)

    def closed(self, event: TradeClosed, equity: float | None) -> OutcomeAttributed | None:
        """A trade has ended at this equity, in quote units (None: never told): where its result came from;
        None when no decision of ours led to it."""
        trade = event.trade
        decision = self._open.pop(trade.id, None)
        if decision is None or not decision.stop > 0.0 or not trade.quantity > 0:
            return None
        entry, exit_price = float(trade.entry_price), float(trade.exit_price)
        parts = outcome(
            decision.direction,
            Leg(decision.mid, decision.entry, entry),
            Leg(exit_price, exit_price, exit_price),
            entry * decision.stop,
            fees=float(trade.fees / trade.quantity),
            funding=-float(trade.funding / trade.quantity),
        )
        components = (
            ("move", parts.move),
            ("spread", -parts.spread),
            ("slippage", -parts.slippage),
            ("fees", -parts.fees),
            ("funding", -parts.funding),
        )
        costs = parts.spread + parts.slippage + parts.fees + parts.funding
        hours = max(0.0, (trade.exit_ts - trade.entry_ts) / HOUR_MS)
        share = (decision.size or UNADVISED) / decision.stop
        if equity is not None and equity > 0.0:  # What was bought, not what was recommended.
            share = float(trade.quantity) * entry / equity
        self.capital.add(parts.r_net, decision.expected_r, costs, min(1.0, share), hours)
        worth = self.chain.worth()
        return OutcomeAttributed(
            instrument=event.instrument,
            decision_id=decision.decision_id,
            strategy=decision.strategy,
            r_net=parts.r_net,
            components=components,
            chain=(
                ("signals", worth.signals),
                ("selection", worth.selection),
                ("sizing", worth.sizing),
                ("llm", worth.llm),
                ("inspector", worth.inspector),
            ),
        )

    def labelled(self, label: Label) -> list[Event]:
        """An outcome was admitted."""
        decision, labelled = label.decision, label.outcome
        self._labels += 1
        self.ledger.settle(decision.decision_id, labelled.r_net, labelled.weight)
        refused = any(one.stage == "inspector" for one in self.ledger.why(decision.decision_id))
        size = decision.size or UNADVISED
        advised = size if decision.approved else 0.0
        planned = size if decision.code == Code.LLM_VETO else advised
        self.chain.add(labelled.r_net, planned, advised, 0.0 if refused else advised)
        self.expectations.admit(decision.strategy, decision.regime, labelled.r_net, labelled.weight)
        self._daily.add(decision.strategy, labelled.touched_at, labelled.r_net)
        told: list[Event] = []
        ruling = self.probation.admit(decision.strategy, labelled.r_net, labelled.weight)
        if ruling is not None:
            told.append(
                ProbationChanged(
                    strategy=ruling.strategy,
                    on=ruling.on_probation,
                    e_value=ruling.e_value,
                    mean_r=ruling.expected_r,
                    cap=ruling.cap,
                )
            )
        if decision.is_calibrated:
            likeliest = max(range(len(NAMED)), key=decision.posterior.__getitem__)
            row = (decision.p_final, labelled.won, decision.base_rate, likeliest, decision.lcb)
            self._judged.append(row)
        if self._labels == REPORT_MIN or self._labels % REPORT_EVERY == 0:
            report = self.report()
            if report is not None:
                told.append(told_report(report))
        return told

    def report(self) -> CalibrationReport | None:
        """How honest the last probabilities were; None before there are any, or while all ended alike."""
        if len(self._judged) < REPORT_MIN or len({row[1] for row in self._judged}) < 2:
            return None
        p, won, base, regimes, lcb = (np.array(column) for column in zip(*self._judged, strict=True))
        held = np.clip(base, P_LEAST, 1.0 - P_LEAST)
        return report_of(p, won.astype(np.float64), held, regimes, lcb, np.random.default_rng(SEED))

    def daily(self, now: int) -> list[Event]:
        """What is told once a day, as of `now`, ms UTC."""
        hours = max(1.0, (now - self._began) / HOUR_MS)
        stopped = self.ledger.overall()
        found = self.capital.efficiency(hours, -stopped.r_saved)
        told: list[Event] = [
            EfficiencyReported(
                r_per_hour=found.r_per_capital_hour or 0.0,
                utilisation=found.utilisation or 0.0,
                ev_capture=found.ev_capture,
                gates=tuple((one.name, one.r_saved) for one in self.ledger.by_code()),
            )
        ]
        strategies, table = self._daily.table()
        if strategies:
            shares = allocate(strategies, table, self._weights, self._rules)
            self._weights = dict(zip(shares.strategies, shares.weights, strict=True))
            told.append(
                AllocationRecommended(
                    weights=tuple(self._weights.items()),
                    method=shares.method,
                    shrinkage=shares.shrinkage,
                    turnover=shares.turnover,
                    constraints=tuple(f"{one.kind}:{one.strategy or 'all'}" for one in shares.constraints),
                )
            )
        return told


def told_report(found: CalibrationReport) -> CalibrationReported:
    """The report as an event."""
    figures = {
        "brier": found.brier.score,
        "miscalibration": found.brier.miscalibration,
        "discrimination": found.brier.discrimination,
        "uncertainty": found.brier.uncertainty,
        "skill": found.bss,
        "log_loss": found.log_loss,
        "ece": found.ece,
        "ece_floor": found.ece_floor,
        "ece_excess": found.ece_excess,
        "worst_regime_ece": found.ece_regime_worst,
        "slope": found.slope,
        "intercept": found.intercept,
        "spiegelhalter_z": found.spiegelhalter,
        "sharpness": found.sharpness,
        "lcb_coverage": found.lcb_coverage,
    }
    return CalibrationReported(
        labels=found.n,
        figures=tuple((name, value) for name, value in figures.items() if value is not None),
        bins=tuple((one.said, one.won, one.low, one.high, float(one.n)) for one in found.bins),
        inverted=found.slope < 0.0,
    )
