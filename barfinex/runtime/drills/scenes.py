"""For every policy, how the world is brought to its limit and just past it: through events, as in earnest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from barfinex.domain.margin import Linear
from barfinex.domain.signal import Bracket, Direction
from barfinex.events.provider import MarketQualityScored, OrderUnconfirmed
from barfinex.runtime.drills.stage import BTC, ETH, MINUTE, NOON, Stage

D = Decimal
Play = Callable[[Stage, bool], object]
Pairs = Mapping[str, tuple[Any, Any]]
NOTHING: Pairs = MappingProxyType({})

WIDE: dict[str, Any] = {
    "order_notional_min": D(0),
    "order_notional_max": D(10**12),
    "position_notional_max": D(10**12),
    "strategy_notional_max": D(10**12),
    "gross_notional_max": D(10**12),
    "gross_exposure_max": D(100),
    "net_exposure_max": D(100),
    "instrument_share_max": D(100),
    "quote_share_max": D(100),
    "group_share_max": D(100),
    "group_positions_max": 1_000,
    "margin_rate": D("0.001"),
    "equity_reserve": D(0),
    "trade_risk_max": D(1),
    "drawdown_max": D(1),
    "daily_loss_max": D(1),
    "daily_fall_max": D(1),
    "weekly_fall_max": D(1),
    "daily_profit_max": D(100),
    "loss_streak_max": 1_000,
    "stops_lock_ms": 0,
    "low_profit_lock_ms": 0,
    "content_window_ms": 0,
    "price_collar": D(1),
    "data_age_ms_max": 10**12,
    "breaker_sigma": None,
    "spread_bps_max": 10_000.0,
    "spread_median_max": 1_000.0,
    "impact_bps_max": 10_000.0,
    "close_spread_bps_max": 10_000.0,
}


class Scene(NamedTuple):
    """What differs from a quiet market: (at the limit, just past it) for limits, the intent, the instrument
    and the quantity; `play` sets the stage before the intent, and `code` is the breach when it is not the
    policy's own."""

    limits: Pairs = NOTHING
    wish: Pairs = NOTHING
    instrument: Pairs = NOTHING
    units: tuple[str, str] = ("10", "10")
    play: Play = lambda _stage, _past: None
    code: str = ""


def _both(value: object) -> tuple[Any, Any]:
    return value, value


def _position(instrument: str = BTC, strategy: str = "other", price: float = 100.0) -> Play:
    return lambda stage, _past: stage.enter("0", instrument=instrument, strategy=strategy, price=price)


def _trades(*wins: bool) -> Play:
    def play(stage: Stage, _past: bool) -> None:
        for n, won in enumerate(wins):
            stage.trade(f"0{n}", wins=won)

    return play


def _then_wait(play: Play, at_ms: int) -> Play:
    """At the limit the time is up, just past it a millisecond is lacking."""

    def waited(stage: Stage, past: bool) -> None:
        play(stage, past)
        stage.wait(at_ms - past)
        stage.price()

    return waited


def _aged(stage: Stage, past: bool) -> None:
    stage.wait(MINUTE + 500 + past)


def _leaving(stage: Stage, past: bool) -> None:
    """Somebody else holds the instrument, and past the limit is just selling it."""
    stage.enter("0", strategy="other")
    if past:
        stage.leave("0")


def _sums_up(stage: Stage, past: bool) -> None:
    stage.trade("00", wins=not past)
    stage.trade("01", wins=False)


def _jumps(stage: Stage, past: bool) -> None:
    """Sixty moves of one, then one of six, or a little more."""
    stage.wait(10 * MINUTE)
    stage.candles([100.0 + n % 2 for n in range(61)] + [94.0 - 0.01 * past])


def _halts(stage: Stage, past: bool) -> None:
    if past:
        stage.halt()


def _holds(stage: Stage, past: bool) -> None:
    stage.enter("0", strategy="drill" if past else "other")


def _doubts(stage: Stage, past: bool) -> None:
    """An order at the venue of which, past the limit, nobody knows whether it arrived."""
    order = stage.enter("0", strategy="other")
    if past:
        reason = "no answer in time"
        stage.say(OrderUnconfirmed(instrument=BTC, order_id=f"{order}-s", reason=reason))


def _repeats(stage: Stage, past: bool) -> None:
    stage.trade("00", wins=True)
    stage.wait(1_000)
    stage.trade("01", wins=True)
    stage.wait(9_001 - past)
    stage.price()


def _quoted(bid: float, ask: float, deep: float = 50.0, shallow: float | None = None) -> Play:
    def play(stage: Stage, past: bool) -> None:
        stage.book(bid, ask)
        stage.book(bid, ask, deep if shallow is None or not past else shallow)

    return play


def _rated(stage: Stage, past: bool) -> None:
    stage.say(MarketQualityScored(instrument=BTC, score=0.4999 if past else 0.5, parts={}))


_MAJORS = _both(({"name": "majors", "instruments": (BTC, ETH)},))

SCENES: dict[str, Scene] = {
    "trading_state": Scene(play=_halts),
    "expiry": Scene(wish={"expires_at": (NOON, NOON - 1)}),
    "attribution": Scene(wish={"strategy": ("drill", "")}),
    "permitted": Scene({"deny": ((), (BTC,))}, code="DENIED"),
    "no_trade": Scene({"no_trade": (("22:13-22:14",), ("22:14-22:15",))}),
    "duplicate": Scene(play=_holds),
    "same_content": Scene({"content_window_ms": _both(5_000)}, play=_then_wait(_trades(True), 5_000)),
    "repeated_execution": Scene(
        {"repeats_max": _both(2), "repeats_window_ms": _both(10_000)}, play=_repeats, code="RUNAWAY"
    ),
    "unknown_order": Scene(play=_doubts),
    "opposing": Scene(wish={"direction": (Direction.LONG, Direction.SHORT)}, play=_position()),
    "self_match": Scene(play=_leaving),
    "bracket": Scene(wish={"bracket": (Bracket(0.02), None)}, code="MISSING_FACT"),
    "holding_time": Scene(
        {"hold_ms_max": _both(MINUTE)},
        {"bracket": (Bracket(0.02, 0.04, MINUTE), Bracket(0.02, 0.04, MINUTE + 1))},
    ),
    "reward_risk": Scene({"reward_risk_min": (2.0, 2.01)}),
    "trade_risk": Scene({"trade_risk_max": (D("0.0002"), D("0.000199"))}),
    "quantity": Scene(instrument={"quantity_min": (D(10), D("10.1"))}, code="QUANTITY_MIN"),
    "order_quantity": Scene(instrument={"quantity_max": (D(10), D("9.99"))}),
    "order_value": Scene({"price_collar": _both(D("0.01")), "order_notional_max": (D(1_010), D("1009.99"))}),
    "position_size": Scene({"position_notional_max": (D(2_000), D("1999.99"))}, play=_position()),
    "instrument_share": Scene({"instrument_share_max": (D("0.02"), D("0.01999"))}, play=_position()),
    "quote_share": Scene({"quote_share_max": (D("0.02"), D("0.01999"))}, play=_position(ETH)),
    "group_share": Scene(
        {"groups": _MAJORS, "group_share_max": (D("0.02"), D("0.01999"))}, play=_position(ETH)
    ),
    "group_positions": Scene({"groups": _MAJORS, "group_positions_max": (2, 1)}, play=_position(ETH)),
    "strategy_size": Scene(
        {"strategy_notional_max": (D(2_000), D("1999.99"))}, play=_position(ETH, strategy="drill")
    ),
    "gross_exposure": Scene({"gross_exposure_max": (D("0.02"), D("0.01999"))}, play=_position(ETH)),
    "gross_notional": Scene({"gross_notional_max": (D(2_000), D("1999.99"))}, play=_position(ETH)),
    "net_exposure": Scene({"net_exposure_max": (D("0.02"), D("0.01999"))}, play=_position(ETH)),
    "reserve_balance": Scene(
        {"margin_rate": _both(D("0.5")), "equity_reserve": (D("0.99"), D("0.99001"))}, play=_position(ETH)
    ),
    "liquidation_distance": Scene(
        {"liquidation_distance_min": (D(2), D("2.000001"))}, instrument={"linear": _both(Linear(D(25), D(0)))}
    ),
    "open_positions": Scene({"open_positions_max": (2, 1)}, play=_position()),
    "open_orders": Scene({"open_orders_max": (5, 4)}, play=_position()),
    "drawdown": Scene({"drawdown_max": (D("0.0002"), D("0.000199"))}, play=_trades(False)),
    "daily_loss": Scene({"daily_loss_max": (D("0.0002"), D("0.000199"))}, play=_trades(False)),
    "daily_fall": Scene({"daily_fall_max": (D("0.0002"), D("0.000199"))}, play=_trades(False)),
    "weekly_fall": Scene({"weekly_fall_max": (D("0.0002"), D("0.000199"))}, play=_trades(False)),
    "daily_profit": Scene({"daily_profit_max": (D("0.0004"), D("0.000399"))}, play=_trades(True)),
    "loss_streak": Scene({"loss_streak_max": (2, 1)}, play=_trades(False, False)),
    "losses_per_day": Scene({"losses_per_day_max": (3, 2)}, play=_trades(False, False)),
    "trades_per_day": Scene({"trades_per_day_max": (2, 1)}, play=_trades(True)),
    "stop_guard": Scene(
        {"stops_instrument_max": _both(2), "stops_lock_ms": _both(5_000)},
        play=_then_wait(_trades(False, False), 5_000),
    ),
    "low_profit": Scene({"low_profit_trades": _both(2), "low_profit_lock_ms": _both(5_000)}, play=_sums_up),
    "cooldown": Scene({"cooldown_ms": _both(1_000)}, play=_then_wait(_trades(True), 1_000)),
    "price_collar": Scene({"price_collar": _both(D("0.05"))}, {"price": (105.0, 105.01)}),
    "stale_data": Scene({"data_age_ms_max": _both(500)}, play=_aged),
    "market_quality": Scene({"market_quality_min": _both(0.5)}, play=_rated),
    "volatility_breaker": Scene({"breaker_sigma": _both(6.0)}, play=_jumps),
    "spread": Scene({"spread_bps_max": (10.001, 9.999)}, play=_quoted(99.95, 100.05)),
    "impact": Scene({"impact_bps_max": (5.001, 4.999)}, play=_quoted(99.95, 100.05)),
    "close_liquidity": Scene(play=_quoted(100.0, 100.1, 10.0, 9.99), code="CLOSE_DEPTH"),
}
