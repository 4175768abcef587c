"""The Advisor on the bus: folds what it is told, decides on signals, learns from what became of them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from barfinex.advisor.costs import Costs
from barfinex.advisor.learning.training import Challenge, trained_event
from barfinex.advisor.llm.influence import Mode
from barfinex.advisor.llm.reply import Synthesizer
from barfinex.advisor.mind import Mind
from barfinex.advisor.pipeline import decide
from barfinex.advisor.response import respond
from barfinex.advisor.reviewing import Reviewing
from barfinex.advisor.stages.review import Reviewer, RuleReviewer
from barfinex.advisor.standing import Standing
from barfinex.advisor.trace import Case, Declined, Trace
from barfinex.bus.port import Port
from barfinex.config import AdvisorConfig
from barfinex.domain.candles import Candles
from barfinex.domain.errors import BadInput
from barfinex.domain.signal import Signal, SignalKind
from barfinex.events.advisor import IntentProposed
from barfinex.events.advisor_learning import ModelTrained, OutcomeLabelled
from barfinex.events.advisor_response import DecisionResponded, IntentExpired
from barfinex.events.advisor_review import CounterfactualRecorded
from barfinex.events.advisor_upkeep import EfficiencyReported
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import IntentApproved, IntentRefused, TradeClosed
from barfinex.events.provider import CandlesClosed, FundingFixed
from barfinex.events.provider_market import FlowMeasured

log = logging.getLogger(__name__)

Training = Callable[[Challenge], ModelTrained]
Compute = Callable[[Training, Challenge], Awaitable[ModelTrained]]


async def at_once(work: Training, given: Challenge) -> ModelTrained:
    """Compute here and now: in virtual time nobody waits for it."""
    return work(given)


class AdvisorModule:
    """Turns signals into intents; may decline an entry, never an exit.

    What it has learned follows from what it has said: its decisions and the outcomes it told are folded after
    a restart, so another configuration changes what is decided, not what was.

    Args:
        fee: fraction of notional a fill costs.
        spread_bps: the venue's spread, until quotes are consulted.
        slippage_bps: expected per fill.
        instruments: what is traded; empty: whatever comes.
        reviewer: stage 6; rules, when left out, and no `synthesizer` is heeded.
        synthesizer: a language model for stage 6, where the configuration lets it have an influence.
        compute: how a training is run: beside the event loop where time is real.
    """

    name = "advisor"
    consumes: tuple[type[Event], ...] = (
        CandlesClosed,
        FlowMeasured,
        FundingFixed,
        SignalDetected,
        IntentApproved,
        IntentRefused,
        TradeClosed,
        ModelTrained,
        *Standing.consumes,
    )
    restores: tuple[type[Event], ...] = (
        DecisionResponded,
        OutcomeLabelled,
        IntentProposed,
        IntentExpired,
        EfficiencyReported,
        CounterfactualRecorded,
    )

    def __init__(
        self,
        config: AdvisorConfig,
        *,
        fee: float,
        spread_bps: float,
        slippage_bps: float,
        instruments: frozenset[str] = frozenset(),
        reviewer: Reviewer | None = None,
        synthesizer: Synthesizer | None = None,
        compute: Compute = at_once,
    ) -> None:
        self._config, self._compute = config, compute
        costs = Costs(fee, spread_bps, slippage_bps)
        if synthesizer is not None and config.influence != "off":
            reviewer = Reviewing(synthesizer, Mode(config.influence.upper()))
        self.mind = Mind(config, costs, instruments, reviewer or RuleReviewer())

    def fold(self, envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, SignalDetected):
            if event.signal.kind is SignalKind.ENTRY:
                self.mind.remember(Case.of(event.signal, envelope.known_at))
        elif isinstance(event, self.restores):
            self.mind.restore(event, envelope.ts)
        else:
            self.mind.take(event, envelope.known_at, envelope.ts)

    async def handle(self, event: Event, port: Port) -> None:
        if isinstance(event, SignalDetected):
            self._answer(event.signal, port)
            return
        ts = port.cause.ts if port.cause is not None else port.now
        for told in self.mind.take(event, port.now, ts):
            port.emit(told)

    def quiet(self, candles: Candles) -> int:
        """As many as make the Advisor know more, and nothing else."""
        return self.mind.quiet(candles)

    def _answer(self, signal: Signal, port: Port) -> None:
        case = Case.of(signal, port.now)
        if signal.kind is SignalKind.EXIT:
            port.emit(self._exit(case))
            return
        for event in self.mind.prepare(port.now):
            port.emit(event, ts=port.now)
        self._decide(case, port)
        challenge = self.mind.learner.due()
        if challenge is not None:
            port.spawn(lambda: self._train(challenge, port))

    def _decide(self, case: Case, port: Port) -> None:
        facts = self.mind.facts(case)
        trace = Trace(case, port, observes=self._config.authority == "observe")
        declined = None
        try:
            self.mind.propose(decide(case, facts, self.mind.desk(case, facts), trace).intent)
        except Declined as no:
            declined = no
        horizon = self._config.horizon_candles
        for event in self.mind.reviewed(trace.last):
            port.emit(event, ts=port.now)
        answer = respond(case, facts, trace.last, declined, self.mind.expense(case, facts), horizon)
        port.emit(answer, ts=port.now)
        self.mind.remember(case)
        for event in self.mind.note(answer, port.now):
            port.emit(event)

    async def _train(self, challenge: Challenge, port: Port) -> None:
        try:
            port.emit(await self._compute(trained_event, challenge))
        except (ValueError, BadInput) as fault:  # Labels that cannot be learned from: what serves goes on.
            log.warning("a training came to nothing: %s", fault)
            self.mind.learner.give_up()

    def _exit(self, case: Case) -> IntentProposed:
        """An exit passes unjudged: staying in a position is never the cautious answer to doubt."""
        return IntentProposed(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            authority=self._config.authority,
            intent=case.intent(None),
        )
