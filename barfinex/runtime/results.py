"""What a run came to: counted from its events, valued on its candles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from barfinex.domain.candles import Floats, Ints, Series
from barfinex.domain.money import ZERO
from barfinex.domain.order import Fill
from barfinex.domain.position import RoundTrip
from barfinex.events.base import Envelope, Event
from barfinex.events.inspector import TradeClosed, TradingHalted
from barfinex.events.provider import ExternalFillFound, FundingSettled, OrderFilled

DAY_MS = 86_400_000
DAYS_A_YEAR = 365

TAPPED = (OrderFilled, ExternalFillFound, FundingSettled, TradeClosed, TradingHalted)
HALTS_MAX = 100


@dataclass(slots=True)
class Tally:
    """A tap for fills, funding, round trips and halts: what they came to. Of the halts it keeps the first.

    `seen` tells how often each type of event came, as the bus counts them.
    """

    seen: Callable[[], Counter[type[Event]]] = Counter
    reasons: Counter[str] = field(default_factory=Counter)
    net_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    wins: int = 0
    bare_ms: int = 0
    bare_ms_max: int = 0
    halts: list[dict[str, Any]] = field(default_factory=list)

    def tap(self, envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, OrderFilled | ExternalFillFound):
            self.filled(event.fill)
        elif isinstance(event, FundingSettled):
            self.funded(event)
        elif isinstance(event, TradeClosed):
            self.closed(event)
        elif isinstance(event, TradingHalted) and len(self.halts) < HALTS_MAX:
            self.halts.append({"at": envelope.known_at, "scope": str(event.scope), "reason": event.reason})

    def filled(self, fill: Fill) -> None:
        self.fees += fill.fee

    def funded(self, event: FundingSettled) -> None:
        self.funding += event.amount

    def closed(self, event: TradeClosed) -> None:
        self.reasons[event.trade.reason] += 1
        self.net_pnl += event.trade.net_pnl
        self.wins += event.trade.net_pnl > 0
        self.bare_ms += event.unprotected_ms
        self.bare_ms_max = max(self.bare_ms_max, event.unprotected_ms_worst)

    @property
    def counts(self) -> Counter[str]:
        """How often each wire type came."""
        return Counter({kind.wire_type: count for kind, count in self.seen().items()})

    def report(self) -> dict[str, Any]:
        """Counts and money, JSON-ready. `net_pnl` is of closed trades, after fees and funding, in quote
        units; `unprotected_ms` is how long a part of them was without a stop at the venue (I5)."""
        count = self.counts
        return {
            "signals": count["detector.signal_detected"],
            "decisions": count["advisor.context_gathered"],
            "declined": count["advisor.signal_declined"],
            "intents": count["advisor.intent_proposed"],
            "refused": count["inspector.intent_refused"],
            "orders": count["provider.order_submitted"],
            "fills": count["provider.order_filled"],
            "trades": count["inspector.trade_closed"],
            "net_pnl": float(self.net_pnl),
            "fees": float(self.fees),
            "funding": float(self.funding),
            "wins": self.wins,
            "exit_reasons": dict(sorted(self.reasons.items())),
            "unprotected_ms": {"max": self.bare_ms_max, "total": self.bare_ms},
            "halts": self.halts,
        }


@dataclass(slots=True)
class Collector(Tally):
    """A tally that also keeps all fills, settlements (ms UTC, quote units) and round trips, for a run over
    history."""

    fills: list[Fill] = field(default_factory=list)
    paid: list[tuple[int, Decimal]] = field(default_factory=list)
    trades: list[tuple[RoundTrip, float]] = field(default_factory=list)

    def filled(self, fill: Fill) -> None:
        self.fees += fill.fee
        self.fills.append(fill)

    def funded(self, event: FundingSettled) -> None:
        Tally.funded(self, event)
        self.paid.append((event.at, event.amount))

    def closed(self, event: TradeClosed) -> None:
        Tally.closed(self, event)
        self.trades.append((event.trade, event.r_net))


def equity_curve(
    series: Sequence[Series], fills: Sequence[Fill], cash: Decimal, paid: Sequence[tuple[int, Decimal]] = ()
) -> tuple[Ints, Floats]:
    """(times, equity) at each close of the finest series of each instrument, in ms UTC and quote units;
    `paid` came or went at a time without a trade."""
    finest: dict[str, Series] = {}
    for one in series:
        if one.instrument not in finest or one.step_ms < finest[one.instrument].step_ms:
            finest[one.instrument] = one
    closes = [one.ts + one.step_ms for one in finest.values()]
    grid = closes[0]
    for times in closes[1:]:
        if not np.array_equal(grid, times):
            grid = np.union1d(grid, times)
    equity = np.full(len(grid), float(cash))
    for one in finest.values():
        own = [fill for fill in fills if fill.instrument == one.instrument]
        when = np.searchsorted(grid, [fill.ts for fill in own], side="right")
        held, spent = np.zeros(len(grid) + 1), np.zeros(len(grid) + 1)
        np.add.at(held, when, [float(fill.change) for fill in own])
        np.add.at(spent, when, [float(f.quantity * f.side.sign * f.price + f.fee) for f in own])
        at = np.searchsorted(one.ts, grid - one.step_ms, side="right") - 1
        price = np.where(at >= 0, one.close[np.maximum(at, 0)], one.open[0])
        equity += np.cumsum(held)[:-1] * price - np.cumsum(spent)[:-1]
    settled = np.zeros(len(grid) + 1)
    np.add.at(settled, np.searchsorted(grid, [at for at, _ in paid]), [float(amount) for _, amount in paid])
    equity += np.cumsum(settled)[:-1]
    return grid, equity


def max_drawdown(equity: Floats) -> float:
    """Largest fall below an earlier peak, as a positive fraction of that peak."""
    peak = np.maximum.accumulate(equity)
    return float(np.max(1.0 - equity / peak)) if len(equity) else 0.0


def daily_returns(times: Ints, equity: Floats) -> Floats:
    """Fraction gained from each day's (UTC) last value to the next day's; one fewer than there are days."""
    days = (times - 1) // DAY_MS
    ends = np.flatnonzero(np.append(days[1:] != days[:-1], True))
    daily: Floats = np.diff(equity[ends]) / equity[ends][:-1]
    return daily


def sharpe(times: Ints, equity: Floats) -> float | None:
    """Annualised mean over standard deviation of daily (UTC) returns, no risk-free rate; None under 3 days.

    W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994).
    """
    daily = daily_returns(times, equity)
    if len(daily) < 2 or not np.std(daily, ddof=1) > 0:
        return None
    return float(np.mean(daily) / np.std(daily, ddof=1) * np.sqrt(DAYS_A_YEAR))
