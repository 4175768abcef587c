"""For every policy, what it meets at its limit and just past it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from barfinex.config import InspectorConfig
from barfinex.domain.calendar import DAY_MS
from barfinex.domain.instrument import Instrument
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.domain.position import RoundTrip
from barfinex.domain.signal import Bracket, Direction
from barfinex.events.studio import HaltRequested
from barfinex.inspector.book import RiskBook
from barfinex.inspector.managed import InFlight, ManagedPosition
from barfinex.inspector.proposal import Proposal
from tests.inspector.story import BTC, MINUTE, NOON, D, candle, intent

Case = tuple[Proposal, RiskBook, InspectorConfig]


def book() -> RiskBook:
    """100,000 in cash, and a candle at 100 that closed at noon."""
    made = RiskBook(D(100_000))
    made.account.show(candle(100.0, NOON))
    made.account.counters.begin(NOON // DAY_MS * DAY_MS, D(100_000))
    return made


def proposal(**changes: Any) -> Proposal:
    """Ten units at 100, at noon."""
    made = Proposal(intent(), Instrument(BTC), D(10), D(100), (100.0, NOON), NOON)
    return made._replace(**changes)


class _Unchecked(Bracket, frozen=True):
    def __post_init__(self) -> None:
        """Nothing is refused here."""


def forged(stop: float) -> Bracket:
    """A bracket that its own checks would not let through."""
    return _Unchecked(stop)


def lost(amount: str) -> RiskBook:
    """A book that closed one losing trade today."""
    made, net = book(), -D(amount)
    account = made.account
    trade = RoundTrip("trd-0", "s", BTC, Direction.LONG, D(1), NOON, NOON, D(1), D(1), D(0), net, "stop")
    account.close(trade)
    account.equity = D(100_000) + net
    return made


def managed(trade_id: str = "trd-0", strategy: str = "other") -> ManagedPosition:
    return ManagedPosition(trade_id, strategy, BTC, Direction.LONG, "sig-0", Bracket(0.1), "ord-0-e")


def with_(made: RiskBook, **account: Any) -> RiskBook:
    for name, value in account.items():
        setattr(made.account, name, value)
    return made


def trading_state(past: bool) -> Case:
    made = book()
    if past:
        made.trading.wish(HaltRequested(way="command", reason="why"), NOON)
    return proposal(), made, InspectorConfig()


def expiry(past: bool) -> Case:
    return proposal(intent=intent(expires_at=NOON - past)), book(), InspectorConfig()


def duplicate(past: bool) -> Case:
    made = book()
    made.positions["trd-0"] = managed(strategy="trend" if past else "other")
    return proposal(), made, InspectorConfig()


def opposing(past: bool) -> Case:
    made = book()
    made.positions["trd-0"] = managed()
    return (
        proposal(intent=intent(direction=Direction.SHORT if past else Direction.LONG)),
        made,
        InspectorConfig(),
    )


def unknown_order(past: bool) -> Case:
    made = book()
    for order_id, instrument in (("ord-0-e", BTC), ("ord-1-e", "ETH-USDT")):
        order = OrderRequest(
            order_id, instrument, Side.SELL, OrderType.STOP, D(1), Purpose.STOP, "trd-0", "s", ""
        )
        made.orders[order_id] = InFlight(order, D(0), unknown=past or instrument != BTC)
    return proposal(), made, InspectorConfig()


def bracket(past: bool) -> Case:
    return proposal(intent=intent(bracket=forged(1.0 if past else 0.999))), book(), InspectorConfig()


def quantity(past: bool) -> Case:
    asked = D("9.99") if past else D(10)
    return proposal(instrument=Instrument(BTC, quantity_min=D(10)), quantity=asked), book(), InspectorConfig()


def position_size(past: bool) -> Case:
    limits = InspectorConfig(position_notional_max=D(1_000))
    return proposal(price=D("100.01") if past else D(100)), book(), limits


def gross_exposure(past: bool) -> Case:
    limits = InspectorConfig(gross_exposure_max=D("0.01"))
    return proposal(quantity=D("10.01") if past else D(10)), book(), limits


def open_positions(past: bool) -> Case:
    made = book()
    made.positions = {str(n): managed(str(n)) for n in range(2 if past else 1)}
    return proposal(), made, InspectorConfig(open_positions_max=2)


def drawdown(past: bool) -> Case:
    peak = D("125000.2") if past else D(125_000)
    return proposal(), with_(book(), peak=peak), InspectorConfig(drawdown_max=D("0.2"))


def daily_loss(past: bool) -> Case:
    return proposal(), lost("5000.01" if past else "5000"), InspectorConfig(daily_loss_max=D("0.05"))


def loss_streak(past: bool) -> Case:
    return proposal(), with_(book(), loss_streak=4 if past else 3), InspectorConfig(loss_streak_max=3)


def cooldown(past: bool) -> Case:
    made = with_(book(), last_exit={("trend", BTC): NOON - 1_000 + past})
    return proposal(), made, InspectorConfig(cooldown_ms=1_000)


def price_collar(past: bool) -> Case:
    limits = InspectorConfig(price_collar=D("0.05"))
    return proposal(price=D("105.01") if past else D(105)), book(), limits


def stale_data(past: bool) -> Case:
    return proposal(now=NOON + MINUTE + 500 + past), book(), InspectorConfig(data_age_ms_max=500)


FIRST: tuple[Callable[[bool], Case], ...] = (
    trading_state,
    expiry,
    duplicate,
    opposing,
    unknown_order,
    bracket,
    quantity,
    position_size,
    gross_exposure,
    open_positions,
    drawdown,
    daily_loss,
    loss_streak,
    cooldown,
    price_collar,
    stale_data,
)
