"""What the account is worth and how it has fared, folded from fills, candles and closed trades."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from decimal import ROUND_UP, Decimal

from barfinex.domain.calendar import DAY_MS
from barfinex.domain.candles import Candles
from barfinex.domain.margin import Linear
from barfinex.domain.money import ZERO, exact
from barfinex.domain.order import Fill
from barfinex.domain.position import Portfolio, RoundTrip
from barfinex.domain.view import Marks
from barfinex.inspector.counters import Counters
from barfinex.inspector.tape import Tape

TOLD_MAX = 20_000
_MILLIONTH = Decimal("0.000001")


class Account:
    """Money in quote units. `equity` and `gross` exposure are as of the last fill or intent, and None when an
    instrument that is held has no price; `worths` is then what each one held is worth, negative when sold
    short. `peak` is the highest equity of those moments; `evening` the last equity of an earlier day;
    `futures` are the terms of what is held on margin, `carried` the funding of that since it began."""

    def __init__(self, cash: Decimal) -> None:
        self.portfolio = Portfolio(cash)
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._funded: dict[str, int] = {}
        self.carried: dict[str, Decimal] = {}
        self.futures: dict[str, Linear] = {}
        self.marks = Marks()
        self.tape = Tape()
        self.counters = Counters()
        self.steps: dict[str, int] = {}
        self.equity: Decimal | None = cash
        self.gross: Decimal | None = ZERO
        self.worths: dict[str, Decimal] = {}
        self.evening: Decimal | None = cash
        self.valued_day = 0
        self.peak = cash
        self.loss_streak = 0
        self.last_exit: dict[tuple[str, str], int] = {}
        self._day = 0
        self._realised = ZERO

    def show(self, block: Candles) -> None:
        """Candles closed, or about to: prices are read as of a moment, so a block may be shown early."""
        self.marks.fold(block)
        self.tape.fold(block)
        step = block.series.step_ms
        self.steps[block.instrument] = min(step, self.steps.get(block.instrument, step))

    def fill(self, fill: Fill, now: int) -> bool:
        """Take a fill in, once: a trade id is unique per instrument. False when it was told before."""
        key = fill.instrument, fill.id
        if key in self._told:
            return False
        self._told[key] = None
        if len(self._told) > TOLD_MAX:
            self._told.popitem(last=False)
        after = self.portfolio.apply(fill)
        if fill.instrument in self.carried and abs(after.quantity) <= fill.quantity:
            signed = after.quantity * fill.side.sign
            if signed >= 0:  # It is flat, or has begun anew the other way.
                del self.carried[fill.instrument]
        self.value(now)
        return True

    def fund(self, instrument: str, at: int, amount: Decimal, now: int) -> bool:
        """Funding was settled at `at` (ms UTC): a gain or a loss, in quote units. False when it was known."""
        if at <= self._funded.get(instrument, -1):
            return False
        self._funded[instrument] = at
        self.carried[instrument] = self.carried.get(instrument, ZERO) + amount
        self.portfolio.cash += amount
        self.value(now)
        return True

    def value(self, now: int) -> None:
        """Value all holdings on closes before `now`; those at `now` itself may come later (I8)."""
        if now // DAY_MS != self.valued_day:
            self.evening, self.valued_day = self.equity, now // DAY_MS
        total, gross = self.portfolio.cash, ZERO
        worths: dict[str, Decimal] = {}
        for held in self.portfolio.positions.values():
            if held.quantity:
                mark = self.marks.at(held.instrument, now - 1)
                if mark is None:
                    self.equity = self.gross = None
                    return
                worth = worths[held.instrument] = held.quantity * exact(mark[0])
                total += worth
                gross += abs(worth)
        self.equity, self.gross, self.worths = total, gross, worths
        self.peak = max(self.peak, total)

    def believe(self, peak: Decimal) -> None:
        """Old candles are not kept, so a new book cannot value old moments: it believes this."""
        self.peak = max(self.peak, peak)

    def receive(self, instrument: str, change: Decimal, cash: Decimal, now: int) -> None:
        """Something came or went without a trade: it is neither gain nor loss, so all that a fall is measured
        from moves with it. `change` in base units, `cash` in quote units; both negative when they leave."""
        self.value(now)
        before, peak = self.equity, self.peak
        self.portfolio.cash += cash
        if instrument:
            self.portfolio.move(instrument, change)
        self.value(now)
        if before is None or self.equity is None:
            return
        worth = self.equity - before
        self.peak = peak + worth
        self.evening = None if self.evening is None else self.evening + worth
        self.counters.receive(worth)

    def drawdown(self) -> Decimal | None:
        """Fall of equity below its peak: a positive fraction, rounded up to a millionth; None if unknown."""
        if self.equity is None or self.peak <= 0:
            return None
        return (1 - self.equity / self.peak).quantize(_MILLIONTH, ROUND_UP)

    def close(self, trade: RoundTrip) -> None:
        self.last_exit[trade.strategy, trade.instrument] = trade.exit_ts
        self.counters.close(trade)
        day = trade.exit_ts // DAY_MS
        if day != self._day:
            self._day, self._realised = day, ZERO
        self._realised += trade.net_pnl
        self.loss_streak = self.loss_streak + 1 if trade.net_pnl < 0 else 0

    def resume(self, covers: Callable[[str, str], bool], *, is_whole: bool) -> None:
        """A person has looked at what `covers` (strategy, instrument): if at the whole account, then the
        streak of losses begins anew."""
        self.loss_streak = 0 if is_whole else self.loss_streak
        self.counters.resume(covers)

    def realised_on(self, now: int) -> Decimal:
        """Net result of the trades closed on the UTC day of `now`."""
        return self._realised if self._day == now // DAY_MS else ZERO
