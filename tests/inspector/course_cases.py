"""For the policies of course and market, what they meet at their limits and just past them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from barfinex.config import InspectorConfig
from barfinex.domain.candles import series_of
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Direction
from barfinex.events.provider import BookSampled
from barfinex.inspector.book import RiskBook
from tests.inspector.policy_cases import Case, book, lost, proposal, with_
from tests.inspector.size_cases import order, under_way
from tests.inspector.story import BTC, MINUTE, NOON, D

HOUR = 3_600_000


def closed(made: RiskBook, *nets: Decimal | int, ts: int = NOON, reason: str = "stop") -> RiskBook:
    """Round trips that ended, one a minute, the last at `ts`."""
    for n, net in enumerate(nets):
        at = ts - (len(nets) - 1 - n) * MINUTE
        trade = RoundTrip(
            f"trd-{n}", "s", BTC, Direction.LONG, D(1), at, at, D(1), D(1), D(0), D(net), reason
        )
        made.account.close(trade)
    return made


def market_quality(past: bool) -> Case:
    made = book()
    made.books.scores[BTC] = 0.4999 if past else 0.5
    return proposal(), made, InspectorConfig(market_quality_min=0.5)


def no_trade(past: bool) -> Case:
    """22:14 UTC."""
    return proposal(), book(), InspectorConfig(no_trade=("22:14-22:15" if past else "22:13-22:14",))


def repeated_execution(past: bool) -> Case:
    made = book()
    for n in range(3):
        made.account.counters.approve(order(strategy="trend"), D(99), NOON - (2 - n) * 1_000 - (not past))
    return proposal(), made, InspectorConfig(repeats_max=3, repeats_window_ms=2_000)


def daily_fall(past: bool) -> Case:
    return proposal(), with_(book(), equity=D("94999.99") if past else D(95_000)), InspectorConfig()


def weekly_fall(past: bool) -> Case:
    made = with_(book(), equity=D("89999.99") if past else D(90_000))
    made.account.counters.day_equity = D(90_000)
    return proposal(), made, InspectorConfig()


def daily_profit(past: bool) -> Case:
    return proposal(), lost("-10000.01" if past else "-10000"), InspectorConfig(daily_profit_max=D("0.1"))


def losses_per_day(past: bool) -> Case:
    return (
        proposal(),
        closed(book(), *[-1] * (2 + past), reason="time"),
        InspectorConfig(losses_per_day_max=3),
    )


def trades_per_day(past: bool) -> Case:
    """One that filled, one under way, this one."""
    made = under_way(book(), order())
    made.account.counters.open(NOON)
    return proposal(), made, InspectorConfig(trades_per_day_max=2 if past else 3)


def stop_guard(past: bool) -> Case:
    made = closed(book(), -1, -1, ts=NOON - HOUR + past)
    limits = InspectorConfig(stops_instrument_max=2, stops_window_ms=MINUTE, stops_lock_ms=HOUR)
    return proposal(), made, limits


def low_profit(past: bool) -> Case:
    made = closed(book(), -9, 1, -1, D("-0.01") if past else 0, reason="time")
    return proposal(), made, InspectorConfig(low_profit_trades=3)


def volatility_breaker(past: bool) -> Case:
    """Sixty moves of one, then one of six, or a little more."""
    closes = [100.0 + n % 2 for n in range(61)] + [94.0 - 0.001 * past]
    rows = [[NOON - (62 - n) * MINUTE, *[close] * 4, 1.0] for n, close in enumerate(closes)]
    made = RiskBook(D(100_000))
    made.account.show(series_of(BTC, "1m", rows).block())
    return proposal(), made, InspectorConfig()


def sampled(bid: float, ask: float, quantity: float = 50.0, at: int = NOON) -> RiskBook:
    """A book that was two basis points wide before."""
    made = book()
    for bids, asks in (((99.99, 50.0),), ((100.01, 50.0),)), (((bid, quantity),), ((ask, quantity),)):
        made.books.fold(BookSampled(instrument=BTC, bids=bids, asks=asks), at)
    return made


def spread(past: bool) -> Case:
    made = sampled(99.95, 100.05)
    return proposal(), made, InspectorConfig(spread_bps_max=9.99 if past else 10.0001)


def impact(past: bool) -> Case:
    made = sampled(99.95, 100.05)
    return proposal(), made, InspectorConfig(impact_bps_max=4.99 if past else 5.0001)


def close_liquidity(past: bool) -> Case:
    return proposal(), sampled(100.0, 100.05, 9.99 if past else 10.0), InspectorConfig()


COURSE: tuple[Callable[[bool], Case], ...] = (
    no_trade,
    market_quality,
    repeated_execution,
    daily_fall,
    weekly_fall,
    daily_profit,
    losses_per_day,
    trades_per_day,
    stop_guard,
    low_profit,
    volatility_breaker,
    spread,
    impact,
    close_liquidity,
)
