"""What else is known when a signal comes: the account, what is held, what is halted, which feeds are
believed."""

from __future__ import annotations

from barfinex.advisor.quotes import Quotes
from barfinex.domain.trading import Cause, Level, Scope
from barfinex.events.base import Event
from barfinex.events.inspector import (
    DayOpened,
    EquityMarked,
    PositionOpened,
    TradeClosed,
    TradingHalted,
    TradingResumed,
)
from barfinex.events.kernel import JournalRecovered, JournalStalled, RunStarted
from barfinex.events.provider import (
    AccountReconciled,
    BookSampled,
    FeedRecovered,
    FeedStalled,
    MarketQualityScored,
)

HALTS_MAX = 4_096
EVERYTHING = frozenset({Level.GLOBAL, Level.VENUE})


class Held:
    """An open position: its strategy, instrument and direction's sign."""

    __slots__ = ("instrument", "sign", "strategy")

    def __init__(self, strategy: str, instrument: str, sign: int) -> None:
        self.strategy, self.instrument, self.sign = strategy, instrument, sign


class Standing:
    """Folds what the other modules say; an instrument nobody spoke of is neither stalled nor halted.

    `waits` is True from a start until the account is reconciled, every part of it. `quality` is the score of
    an instrument's market data and its parts. `equity` is in quote units, None until a run has started.
    """

    consumes: tuple[type[Event], ...] = (
        RunStarted,
        AccountReconciled,
        DayOpened,
        EquityMarked,
        PositionOpened,
        TradingHalted,
        TradingResumed,
        FeedStalled,
        FeedRecovered,
        JournalStalled,
        JournalRecovered,
        MarketQualityScored,
        BookSampled,
    )

    def __init__(self) -> None:
        self.waits = False
        self.journal_stalled = False
        self.equity: float | None = None
        self._marked_at = -1
        self.drawdown = 0.0
        self.quotes = Quotes()
        self.quality: dict[str, MarketQualityScored] = {}
        self.open: dict[str, Held] = {}
        self._stalled: set[str] = set()
        self._halts: dict[tuple[Scope, Cause], None] = {}

    def fold(self, event: Event, known_at: int, ts: int) -> None:
        """Take an event in; one that is none of `consumes` changes nothing."""
        match event:
            case BookSampled():
                self.quotes.fold(event, known_at, ts)
            case MarketQualityScored():
                self.quality[event.instrument] = event
            case PositionOpened():
                held = Held(event.strategy, event.instrument, event.direction.sign)
                self.open[event.trade_id] = held
            case TradeClosed():
                self.open.pop(event.trade.id, None)
            case EquityMarked():
                self.equity, self.drawdown = float(event.equity), float(event.drawdown)
                self._marked_at = known_at
            case _:
                self._fold_rare(event)

    def _fold_rare(self, event: Event) -> None:
        match event:
            case FeedStalled():
                self._stalled.add(event.instrument)
            case FeedRecovered():
                self._stalled.discard(event.instrument)
            case TradingHalted() | TradingResumed():
                self._fold_halt(event)
            case JournalStalled() | JournalRecovered():
                self.journal_stalled = isinstance(event, JournalStalled)
            case RunStarted():
                self.waits, self._stalled = event.waits, set()
                self.journal_stalled = False
                if self.equity is None:
                    self.equity = _cash(event)
            case AccountReconciled():
                self.waits = self.waits and bool(event.failed)
            case DayOpened() if self._marked_at < event.day:  # A day begins with what was before it.
                self.equity = float(event.equity)

    def _fold_halt(self, event: TradingHalted | TradingResumed) -> None:
        """A resume without a cause lifts all that is on in its scope, one for all of them everything."""
        if isinstance(event, TradingHalted):
            self._halts[event.scope, event.cause] = None
            if len(self._halts) > HALTS_MAX:  # Too many to tell apart: everything is halted.
                self._halts = {(Scope(), Cause.KILL): None}
        elif event.cause is not None:
            self._halts.pop((event.scope, event.cause), None)
        else:
            whole = event.scope.level is Level.GLOBAL
            kept = {} if whole else {key: None for key in self._halts if key[0] != event.scope}
            self._halts = kept

    def is_stalled(self, instrument: str) -> bool:
        return instrument in self._stalled

    def halt_of(self, strategy: str, instrument: str) -> Scope | None:
        """The scope of a halt of this strategy or instrument; None when there is none."""
        for scope, _ in self._halts:
            if scope.level not in EVERYTHING and scope.target in {strategy, instrument}:
                return scope
        return None

    def kill_of(self) -> Scope | None:
        """The scope of a halt of everything; None when there is none."""
        return next((scope for scope, _ in self._halts if scope.level in EVERYTHING), None)

    def holds(self, strategy: str, instrument: str) -> bool:
        """Whether the strategy has a position in the instrument."""
        return any(one.strategy == strategy and one.instrument == instrument for one in self.open.values())


def _cash(started: RunStarted) -> float | None:
    """What the configuration says that the account begins with; None when it does not say."""
    told = started.config.get("venue", {}).get("cash")
    return None if told is None else float(told)
