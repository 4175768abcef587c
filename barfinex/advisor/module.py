"""The Advisor on the bus: folds candles and outcomes, decides on signals."""

from __future__ import annotations

from barfinex.advisor.carry import Carry
from barfinex.advisor.learning.labels import Labels
from barfinex.advisor.pipeline import Desk, decide
from barfinex.advisor.stages.context import WINDOW
from barfinex.advisor.stages.synthesis import RuleSynthesizer
from barfinex.advisor.stages.validation import Costs
from barfinex.advisor.trace import Case, Declined, Trace
from barfinex.bus.port import Port
from barfinex.config import AdvisorConfig
from barfinex.domain.candles import Candles
from barfinex.domain.ids import kin
from barfinex.domain.signal import Signal, SignalKind
from barfinex.domain.view import MarketView
from barfinex.events.advisor import IntentProposed, OutcomeLearned
from barfinex.events.base import Envelope, Event
from barfinex.events.detector import SignalDetected
from barfinex.events.inspector import IntentRefused, TradeClosed
from barfinex.events.provider import CandlesClosed, FundingFixed, MarketQualityScored


class AdvisorModule:
    """Turns signals into intents; may decline an entry, never an exit.

    It consumes its own intents: what conviction was held at a decision is then a recorded fact, also after a
    restart under another configuration.

    Args:
        fee: fraction of notional a fill costs.
        spread_bps: the venue's spread, until quotes are consulted.
        slippage_bps: expected per fill.
    """

    name = "advisor"
    consumes: tuple[type[Event], ...] = (
        CandlesClosed,
        FundingFixed,
        MarketQualityScored,
        SignalDetected,
        IntentProposed,
        IntentRefused,
        TradeClosed,
    )

    def __init__(self, config: AdvisorConfig, *, fee: float, spread_bps: float, slippage_bps: float) -> None:
        self._config = config
        self._market = MarketView(depth=2 * WINDOW)
        self._labels = Labels(config.base_rate, config.base_rate_labels)
        costs = Costs(fee, spread_bps, slippage_bps)
        self._carry = Carry()
        self._scores: dict[str, float] = {}
        self._desk = Desk(
            config, costs, self._market, self._labels, self._carry, RuleSynthesizer(), self._scores
        )

    def fold(self, envelope: Envelope) -> None:
        self._take(envelope.event)

    async def handle(self, event: Event, port: Port) -> None:
        if isinstance(event, SignalDetected):
            self._answer(event.signal, port)
        else:
            learned = self._take(event)
            if learned is not None:
                port.emit(learned)

    def quiet(self, candles: Candles) -> int:
        """All of them: a candle makes the Advisor know more, and nothing else."""
        return len(candles)

    def _take(self, event: Event) -> OutcomeLearned | None:
        """Change state by one event; a trade that taught something gives what was learned."""
        if isinstance(event, CandlesClosed):
            self._market.fold(event.candles)
        elif isinstance(event, IntentProposed):
            self._labels.expect(event.intent)
        elif isinstance(event, IntentRefused):
            self._labels.forget(kin("trd", event.intent_id))
        elif isinstance(event, TradeClosed):
            self._carry.learn(event.trade)
            return self._learn(event)
        elif isinstance(event, FundingFixed):
            self._carry.fix(event)
        elif isinstance(event, MarketQualityScored):
            self._scores[event.instrument] = event.score
        return None

    def _learn(self, closed: TradeClosed) -> OutcomeLearned | None:
        trade = closed.trade
        label = self._labels.admit(trade)
        if label is None:
            return None
        return OutcomeLearned(
            instrument=closed.instrument,
            decision_id=kin("dec", trade.id),
            trade_id=trade.id,
            strategy=label.strategy,
            conviction=label.conviction,
            won=label.won,
            r_net=closed.r_net,
            labels=label.count,
        )

    def _answer(self, signal: Signal, port: Port) -> None:
        case = Case.of(signal, port.now)
        if signal.kind is SignalKind.EXIT:
            port.emit(self._exit(case))
            return
        try:
            decide(case, self._desk, Trace(case, port, observes=self._config.authority == "observe"))
        except Declined:
            return  # The trace has published who declined and why.

    def _exit(self, case: Case) -> IntentProposed:
        """An exit passes unjudged: staying in a position is never the cautious answer to doubt."""
        return IntentProposed(
            instrument=case.signal.instrument,
            decision_id=case.decision_id,
            authority=self._config.authority,
            intent=case.intent(None),
        )
