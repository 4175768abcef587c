"""The Advisor's state: everything folded so far, and what follows from it for the next decision."""

from __future__ import annotations

from msgspec.structs import replace

from barfinex.advisor.carry import Carry
from barfinex.advisor.codes import Code
from barfinex.advisor.costs import BPS, Costs, Expense
from barfinex.advisor.desk import Desk
from barfinex.advisor.gathering import Gathering, Market
from barfinex.advisor.learning.learner import Learner
from barfinex.advisor.learning.ood import Verdict
from barfinex.advisor.regimes.tracker import RegimeTracker
from barfinex.advisor.response import reached
from barfinex.advisor.reviewing import Reviewing
from barfinex.advisor.sizing.comovement import WINDOW, rho, settled
from barfinex.advisor.sizing.correlation import HELD_MAX, Held
from barfinex.advisor.sizing.payoff import Payoff, geometry
from barfinex.advisor.stages.context import Facts
from barfinex.advisor.stages.review import Reviewer
from barfinex.advisor.stages.told import counterfactual_of
from barfinex.advisor.standing import Standing
from barfinex.advisor.trace import Case, Step
from barfinex.advisor.underway import UnderWay
from barfinex.advisor.upkeep import told_health, told_refit, told_rotation
from barfinex.advisor.value.accounts import Accounts
from barfinex.config import AdvisorConfig
from barfinex.domain.candles import Candles
from barfinex.domain.ids import kin
from barfinex.domain.intent import ExecutionIntent
from barfinex.events.advisor import IntentProposed
from barfinex.events.advisor_learning import ModelTrained, OutcomeLabelled
from barfinex.events.advisor_response import DecisionResponded, IntentExpired
from barfinex.events.advisor_review import CounterfactualRecorded
from barfinex.events.advisor_upkeep import EfficiencyReported
from barfinex.events.base import Event
from barfinex.events.inspector import IntentApproved, IntentRefused, PositionOpened, TradeClosed
from barfinex.events.provider import CandlesClosed, FundingFixed
from barfinex.events.provider_market import FlowMeasured

DAY_MS = 86_400_000


class Mind:
    """Every method that changes state gives the events that tell of it; after a restart the same changes are
    made by `take` and `restore`, and nobody is told again."""

    def __init__(
        self, config: AdvisorConfig, costs: Costs, instruments: frozenset[str], reviewer: Reviewer
    ) -> None:
        self._config, self._costs, self._reviewer = config, costs, reviewer
        self.repute = reviewer.repute if isinstance(reviewer, Reviewing) else None
        self.market, self.standing, self.carry = Market(config.regime_refit_candles), Standing(), Carry()
        self.learner, self.accounts = Learner(config, self.market.view), Accounts(config.allocation)
        self.gathering = Gathering(
            config, instruments, costs.spread_bps, self.market, self.standing, self.learner, self.carry
        )
        self._entries = UnderWay()
        self._day = -1
        self._series: set[tuple[str, str]] = set()

    def quiet(self, candles: Candles) -> int:
        """How many of the coming candles may come at once: up to a change of regime; and, where there are
        several series, all that close before a label of this one is admitted, or correlations are looked at
        anew: what a decision on another instrument rests on has come by then, whatever the blocks."""
        self._series.add(candles.key)
        count = self.market.peek(candles)
        if len(self._series) == 1:
            return count
        step = candles.series.step_ms
        opened = candles.series.ts.item(candles.start) + step
        for moment in (self.learner.waiting.due(candles.key), settled(step, opened) + WINDOW * step):
            before = 0 if moment is None else candles.after(moment - step - 1)
            count = min(count, before) if before else count
        return count

    def take(self, event: Event, known_at: int, ts: int) -> list[Event]:
        """An event of another module, or a training's end."""
        match event:
            case CandlesClosed():
                return self._close(event.candles)
            case FlowMeasured():
                self.market.measure(event)
            case FundingFixed():
                self.carry.fix(event)
            case TradeClosed():
                return self._trade(event, known_at, ts)
            case PositionOpened():
                self._entries.ended(event.trade_id)
                self.standing.fold(event, known_at, ts)
            case IntentRefused():
                self._entries.refused(event.intent_id)
                self.accounts.refused(event)
            case IntentApproved():
                self._entries.answered(event.intent_id)
            case ModelTrained():
                return self.learner.adopt(event)
            case _:
                self.standing.fold(event, known_at, ts)
        return []

    def restore(self, event: Event, at: int) -> None:
        """What this Advisor has said itself, before a restart, of what it handled as of `at`, ms UTC."""
        match event:
            case DecisionResponded():
                self.market.follow((event.instrument, event.timeframe))
                self.learner.waiting.admit(at)  # Every outcome was told before: the rest came to nothing.
                self.note(event, at)
                if self.learner.due() is not None:
                    self.learner.give_up()  # A training whose end was told before, or will not come.
            case OutcomeLabelled():
                label = self.learner.restore(event)
                if label is not None:
                    self.accounts.labelled(label)
                    self._judge_review(event)
                    self.gathering.learned_at = event.admitted_at
            case CounterfactualRecorded():
                self._review(event)
            case IntentProposed():
                self.propose(event.intent)
            case IntentExpired():
                self._entries.answered(event.intent_id)
            case EfficiencyReported():
                self._day = at // DAY_MS
                self.accounts.daily(at)

    def prepare(self, now: int) -> list[Event]:
        """Before a decision: learn what may be known by now, and once a day say how things are."""
        told: list[Event] = []
        for label, events in self.learner.admit(now):
            told += [*events, *self.accounts.labelled(label), *self._judge_review(label.outcome)]
            self.gathering.learned_at = now
        told += self._entries.expire(now)
        if now // DAY_MS > self._day:
            self._day = now // DAY_MS
            told += [*self.accounts.daily(now), told_health(self.accounts, self.learner, now)]
        return told

    def facts(self, case: Case) -> Facts:
        return self.gathering.facts(case)

    def desk(self, case: Case, facts: Facts) -> Desk:
        """All that the stages may consult."""
        signal, strategies, config = case.signal, self.learner.strategies, self._config
        serving, tried = self.learner.serving(), self._tried(case, facts)
        payoff, posterior = self._payoff(case, facts), facts.regime.posterior
        has_trees = serving is not None and serving.forest is not None
        known = strategies.known(signal.strategy, signal.instrument, posterior, payoff, has_trees, tried)
        halt = self.standing.kill_of()
        return Desk(
            config,
            self._costs,
            self.carry.cost(signal),
            serving,
            self._verdict(case, facts),
            known,
            payoff,
            self._reviewer,
            self.accounts.probation.standing(signal.strategy).cap,
            self._held(case.as_of),
            lambda a, b: self._rho(a, b, signal.timeframe, case.as_of),
            case.as_of,
            "" if halt is None else str(halt),
            self.standing.journal_stalled,
            self._entries.has_proposed(kin("int", signal.id)),
        )

    def expense(self, case: Case, facts: Facts) -> Expense:
        """Of a trade at the quote that is held as long as such trades are."""
        cost = self._costs.round_trip(facts.quote.spread_bps) + self.carry.cost(case.signal)
        return Expense(cost, self._costs.slippage_bps / BPS)

    def remember(self, case: Case) -> None:
        self.gathering.remember(case)

    def reviewed(self, last: Step | None) -> list[Event]:
        """A language model was asked in the decision that got as far as `last`."""
        synthesis = reached(last).synthesis
        if synthesis is None or synthesis.review.result is None:
            return []
        case, without = synthesis.case, synthesis.calibration.calibrated
        about = case.as_of, case.signal.instrument, case.decision_id
        return self._review(counterfactual_of(synthesis.review, synthesis.review.result, without, *about))

    def _review(self, event: CounterfactualRecorded) -> list[Event]:
        return [] if self.repute is None else self.repute.note(event)

    def _judge_review(self, outcome: OutcomeLabelled) -> list[Event]:
        return [] if self.repute is None else self.repute.learn(outcome)

    def note(self, answer: DecisionResponded, now: int) -> list[Event]:
        """A decision was made."""
        self.learner.expect(answer, now)
        self.accounts.decided(answer, now)
        if answer.code != Code.SC_MODEL_EXPIRED:
            return []
        return self.learner.retire(answer.model_id, "expired")

    def propose(self, intent: ExecutionIntent) -> None:
        """An intent was proposed."""
        self._entries.propose(intent)

    def _verdict(self, case: Case, facts: Facts) -> Verdict:
        return self.learner.verdict(case.decision_id, facts.features.row())

    def _payoff(self, case: Case, facts: Facts) -> Payoff:
        """What was learned, and no more than this bracket's target pays: other signals may aim further."""
        bracket, own = case.signal.bracket, self._geometry(case, facts)
        found = self.learner.strategies.payoff(case.signal.strategy, facts.regime.label, own)
        if bracket is None or bracket.reward_risk is None:
            return found
        return replace(found, win=min(found.win, own[0]))

    def _tried(self, case: Case, facts: Facts) -> float | None:
        """What the model on trial says, if one is heard in this decision and not too old."""
        tried = self.learner.tried(case.decision_id)
        if tried is None or not case.as_of - tried.trained_at <= self._config.model_age_ms_max:
            return None
        return tried.probability(facts.features.row(), facts.regime.posterior)

    def _geometry(self, case: Case, facts: Facts) -> tuple[float, float]:
        """What the bracket alone says a win and a loss are worth, in R after costs."""
        bracket = case.signal.bracket
        if bracket is None:
            return 1.0, -1.0
        cost = self._costs.unpaid(facts.quote.spread_bps) + self.carry.cost(case.signal)
        return geometry(bracket.stop, bracket.stop * (bracket.reward_risk or 0.0), cost)

    def _held(self, now: int) -> tuple[Held, ...]:
        """Every open position, whoever decided on it and whatever size was recommended, and every entry that
        may yet become one: of two signals at the close of one candle, neither is held at the other's."""
        held = [Held(trade_id, one.instrument, one.sign) for trade_id, one in self.standing.open.items()]
        return tuple([*held, *self._entries.coming(now)][:HELD_MAX])

    def _rho(self, a: str, b: str, timeframe: str, now: int) -> float | None:
        left, right = self.market.view.get(a, timeframe), self.market.view.get(b, timeframe)
        return None if left is None or right is None else rho(left, right, now)

    def _close(self, candles: Candles) -> list[Event]:
        tracker = self.market.trackers.get(candles.key)
        before = None if tracker is None else tracker.fitted
        rotations = self.market.fold(candles)
        self.learner.waiting.fold(candles)
        told: list[Event] = [told_rotation(candles, one, self.accounts.expectations) for one in rotations]
        if isinstance(tracker, RegimeTracker) and tracker.fitted is not before and tracker.fitted is not None:
            told.append(told_refit(candles, tracker.fitted))
        return told

    def _trade(self, event: TradeClosed, known_at: int, ts: int) -> list[Event]:
        self.carry.learn(event.trade)
        self.standing.fold(event, known_at, ts)
        self.learner.waiting.trade(kin("dec", event.trade.id), event.r_net, event.trade.exit_ts)
        attributed = self.accounts.closed(event, self.standing.equity)
        return [] if attributed is None else [attributed]
