"""For the policies of size and content, what they meet at their limits and just past them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from barfinex.config import GroupConfig, InspectorConfig
from barfinex.domain.instrument import Instrument
from barfinex.domain.margin import Linear
from barfinex.domain.order import OrderRequest, OrderType, Purpose, Side
from barfinex.domain.signal import Bracket
from barfinex.inspector.book import RiskBook
from barfinex.inspector.managed import InFlight
from tests.inspector.policy_cases import Case, book, managed, proposal, with_
from tests.inspector.story import BTC, NOON, D, intent

ETH = "ETH-USDT"


def order(name: str = "ord-7-e", **changes: Any) -> OrderRequest:
    """Five units, an entry of another strategy."""
    made = OrderRequest(
        name, BTC, Side.BUY, OrderType.MARKET, D(5), Purpose.ENTRY, f"trd-{name}", "other", "int-7"
    )
    return replace(made, **changes)


def under_way(made: RiskBook, request: OrderRequest, price: Decimal | int = 100) -> RiskBook:
    made.orders[request.id] = InFlight(request, D(price))
    if request.purpose.opens:
        made.opening[request.id] = made.orders[request.id]
    return made


def attribution(past: bool) -> Case:
    return proposal(intent=intent(strategy="" if past else "trend")), book(), InspectorConfig()


def permitted(past: bool) -> Case:
    return proposal(), book(), InspectorConfig(deny=(BTC if past else ETH,), allow=() if past else (BTC,))


def order_quantity(past: bool) -> Case:
    return (
        proposal(instrument=Instrument(BTC, quantity_max=D("9.99") if past else D(10))),
        book(),
        InspectorConfig(),
    )


def order_value(past: bool) -> Case:
    """Ten at 100, one per cent of collar: 1,010."""
    limits = InspectorConfig(price_collar=D("0.01"), order_notional_max=D("1009.99") if past else D(1_010))
    return proposal(), book(), limits


def instrument_share(past: bool) -> Case:
    made = under_way(with_(book(), worths={BTC: D(-500), ETH: D(9_000)}), order())
    return proposal(), made, InspectorConfig(instrument_share_max=D("0.01999") if past else D("0.02"))


def quote_share(past: bool) -> Case:
    made = under_way(with_(book(), worths={"X-EUR": D(900), ETH: D(500)}), order())
    return proposal(), made, InspectorConfig(quote_share_max=D("0.01999") if past else D("0.02"))


def group_share(past: bool) -> Case:
    made = under_way(with_(book(), worths={"SOL-USDT": D(900), ETH: D(500)}), order())
    group = GroupConfig(name="majors", instruments=(BTC, ETH))
    limits = InspectorConfig(groups=(group,), group_share_max=D("0.01999") if past else D("0.02"))
    return proposal(), made, limits


def group_positions(past: bool) -> Case:
    made = book()
    made.positions = {str(n): managed(str(n)) for n in range(2 if past else 1)}
    group = GroupConfig(name="majors", instruments=(BTC, ETH))
    return proposal(), made, InspectorConfig(groups=(group,), group_positions_max=2)


def strategy_size(past: bool) -> Case:
    made = book()
    made.positions["trd-8"] = managed("trd-8", "trend")
    made.positions["trd-8"].left = D(5)
    under_way(made, order(strategy="trend"))
    return proposal(), made, InspectorConfig(strategy_notional_max=D("1999.99") if past else D(2_000))


def liquidation_distance(past: bool) -> Case:
    """A tenth of margin, a stop of 2 %."""
    rules = Instrument(BTC, linear=Linear(D(10), D(0)))
    wanted = D("5.000001") if past else D(5)
    return proposal(instrument=rules), book(), InspectorConfig(liquidation_distance_min=wanted)


def gross_notional(past: bool) -> Case:
    made = under_way(with_(book(), gross=D(500)), order())
    return proposal(), made, InspectorConfig(gross_notional_max=D("1999.99") if past else D(2_000))


def net_exposure(past: bool) -> Case:
    """A short of 200 held, a short of 500 that may not fill: 800 at worst."""
    made = under_way(with_(book(), worths={ETH: D(-200)}), order(side=Side.SELL))
    return proposal(), made, InspectorConfig(net_exposure_max=D("0.00799") if past else D("0.008"))


def reserve_balance(past: bool) -> Case:
    """2,000 at a margin of one half."""
    made = under_way(with_(book(), gross=D(500)), order())
    limits = InspectorConfig(margin_rate=D("0.5"), equity_reserve=D("0.99001") if past else D("0.99"))
    return proposal(), made, limits


def trade_risk(past: bool) -> Case:
    return proposal(), book(), InspectorConfig(trade_risk_max=D("0.000199") if past else D("0.0002"))


def open_orders(past: bool) -> Case:
    """Three for this entry, three for one under way, one stop."""
    made = under_way(under_way(book(), order()), order("ord-6-s", purpose=Purpose.STOP, type=OrderType.STOP))
    return proposal(), made, InspectorConfig(open_orders_max=6 if past else 7)


def self_match(past: bool) -> Case:
    """An own offer at the price, or one just above it."""
    offer = order(
        side=Side.SELL, type=OrderType.LIMIT, price=D(100) if past else D("100.01"), purpose=Purpose.EXIT
    )
    return proposal(), under_way(book(), offer), InspectorConfig()


def same_content(past: bool) -> Case:
    made = book()
    made.account.counters.asked["trend", BTC, Side.BUY] = (NOON - 5_000 + past, D(10), D(100))
    return proposal(), made, InspectorConfig(content_window_ms=5_000)


def holding_time(past: bool) -> Case:
    wish = intent(bracket=Bracket(0.02, 0.04, 60_001 if past else 60_000))
    return proposal(intent=wish), book(), InspectorConfig(hold_ms_max=60_000)


def reward_risk(past: bool) -> Case:
    return proposal(), book(), InspectorConfig(reward_risk_min=2.01 if past else 2.0)


SIZE: tuple[Callable[[bool], Case], ...] = (
    attribution,
    permitted,
    order_quantity,
    order_value,
    instrument_share,
    quote_share,
    group_share,
    group_positions,
    strategy_size,
    gross_notional,
    liquidation_distance,
    net_exposure,
    reserve_balance,
    trade_risk,
    open_orders,
    self_match,
    same_content,
    holding_time,
    reward_risk,
)
